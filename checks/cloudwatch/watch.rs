//! Whether somebody hears of certain events: the way from a trail over log group, metric filter, alarm and topic to a
//! subscriber.

use std::fmt;

use serde_json::Value;

use super::resources::{CompositeAlarm, Counted, GoesOff, MetricAlarm, TrailAlarms};
use crate::cloudtrail::resources::{EventSelectors, LogGroup, Trail, TrailStatus};
use crate::cloudwatchlogs::resources::{MetricFilter, MetricTransformation, TrailMetricFilters};
use crate::contract::{Answer, Asks, Cloud, Reason, Record, Unknown, fail, pass};
use crate::logs::{Coverage, Pattern, covers};
use crate::sns::resources::{Subscription, Topic, TopicSubscriptions};

/// Events that somebody is to hear of.
pub struct Watch {
    /// A pattern of the events, no wider than what every edition of the benchmark asks for, and with all that is true of
    /// them anyway, such that a filter which says so, too, does not count as narrower.
    events: &'static str,
    /// Whether each of them matters, or only many.
    each: bool,
}

/// What a check reads to follow the way.
pub trait Hears:
    Asks<Trail>
    + Asks<TrailStatus>
    + Asks<EventSelectors>
    + Asks<TrailMetricFilters>
    + Asks<TrailAlarms>
    + Asks<TopicSubscriptions>
{
}

impl<C> Hears for C where
    C: Asks<Trail>
        + Asks<TrailStatus>
        + Asks<EventSelectors>
        + Asks<TrailMetricFilters>
        + Asks<TrailAlarms>
        + Asks<TopicSubscriptions>
{
}

/// How far the way goes, stage by stage.
struct Way(Vec<String>);

/// Why the way does not reach a subscriber.
enum Gap {
    /// What is missing after the last stage.
    Missing(Way, String),
    /// It could not be seen whether anything is.
    Unseen(Unknown),
}

impl From<Unknown> for Gap {
    fn from(unknown: Unknown) -> Self {
        Self::Unseen(unknown)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" → "))
    }
}

impl Way {
    fn from(stage: String, rest: Self) -> Self {
        Self([vec![stage], rest.0].concat())
    }

    fn missing<T>(stage: String, what: impl Into<String>) -> Result<T, Gap> {
        Err(Gap::Missing(Self(vec![stage]), what.into()))
    }
}

impl Gap {
    fn after(self, stage: &str) -> Self {
        match self {
            Self::Missing(way, what) => Self::Missing(Way::from(stage.to_owned(), way), what),
            Self::Unseen(unknown) => Self::Unseen(unknown),
        }
    }

    /// Of several ways that all have gaps: what could not be seen, otherwise where the farthest one ends.
    fn of_all(gaps: Vec<Self>) -> Option<Self> {
        let length = |gap: &Self| match gap {
            Self::Missing(way, _) => way.0.len(),
            Self::Unseen(_) => usize::MAX,
        };
        // The first of equals.
        gaps.into_iter().rev().max_by_key(length)
    }
}

/// A metric filter with its pattern, if that is understood and decides alone.
struct Filter<'a> {
    filter: &'a MetricFilter,
    pattern: Result<Pattern, String>,
}

impl<'a> Filter<'a> {
    fn new(filter: &'a MetricFilter) -> Self {
        let pattern = match filter.decided_elsewhere() {
            Some(why) => Err(why.to_owned()),
            None => filter.pattern().map_err(|error| format!("its pattern is not understood: {error}")),
        };
        Self { filter, pattern }
    }
}

fn patterns<'a>(filters: impl Iterator<Item = &'a Filter<'a>>) -> Vec<&'a Pattern> {
    filters.filter_map(|filter| filter.pattern.as_ref().ok()).collect()
}

impl Watch {
    /// Events of which each matters.
    pub const fn each(events: &'static str) -> Self {
        Self { events, each: true }
    }

    /// Events that happen by mistake, too, so that only many of them matter: how many is left to the account.
    pub const fn repeated(events: &'static str) -> Self {
        Self { events, each: false }
    }

    /// Looks for a way from any trail to any subscriber.
    pub async fn judge<C: Hears>(&self, cloud: &Cloud<C>) -> Answer {
        let events = Pattern::parse(self.events).map_err(|error| {
            Unknown::new(Reason::Internal, TrailMetricFilters::READ.action(), format!("{}: {error}", self.events))
        })?;
        let trails = cloud.everywhere::<Trail>().await?;
        let mut gaps = Vec::new();
        // Every region lists the trails that matter, those that record all regions.
        for trail in trails.iter() {
            let stage = format!("trail {}", trail.name);
            match self.via_trail(trail, &events, cloud).await {
                Ok(way) => {
                    let verdict = pass(Way::from(stage, way).to_string());
                    return Ok(verdict.showing_of::<Trail>("TrailARN", &*trail.trail_arn));
                }
                Err(gap) => gaps.push(gap.after(&stage)),
            }
        }
        match Gap::of_all(gaps) {
            Some(Gap::Unseen(unknown)) => Err(unknown),
            Some(Gap::Missing(way, what)) => Ok(fail(format!("{way}: {what}"))),
            None => Ok(fail("no trail records the account")),
        }
    }

    async fn via_trail<C: Hears>(&self, trail: &Trail, events: &Pattern, cloud: &Cloud<C>) -> Result<Way, Gap> {
        if !trail.is_multi_region_trail {
            return Err(Gap::Missing(Way(Vec::new()), format!("records {} only", trail.home_region)));
        }
        let Some(owner) = trail.owned_elsewhere(cloud.place()) else {
            return self.via_own_trail(trail, events, cloud).await;
        };
        // An organization's trail shows in its members without what only its owner can know of it.
        let what = format!("what hears of trail {}'s events is in account {owner}", trail.name);
        let there = cloud.elsewhere::<TrailMetricFilters>(owner, &trail.home_region, what).await?;
        let trails = there.list::<Trail>().await?;
        let Some(theirs) = trails.iter().find(|theirs| theirs.trail_arn == trail.trail_arn) else {
            let what = format!("trail {} shows here, and not in account {owner}, whose it is", trail.name);
            return Err(Unknown::undecided::<Trail>(what).into());
        };
        self.via_own_trail(theirs, events, &there).await
    }

    async fn via_own_trail<C: Hears>(&self, trail: &Trail, events: &Pattern, cloud: &Cloud<C>) -> Result<Way, Gap> {
        let missing = |what: String| Err(Gap::Missing(Way(Vec::new()), what));
        let Some(group) = trail.log_group() else {
            return missing("delivers to no log group".to_owned());
        };
        let what = format!("what hears of trail {}'s events is in account {}", trail.name, group.account);
        let there = cloud.elsewhere::<TrailMetricFilters>(group.account, group.region, what).await?;
        let status = cloud.of::<TrailStatus>(trail).await?;
        if !status.is_logging {
            return missing("is stopped".to_owned());
        }
        if let Some(error) = status.nothing_reaches_the_log_group(cloud.now()) {
            return missing(format!("has delivered nothing to its log group for a day ({error})"));
        }
        let recorded = cloud.of::<EventSelectors>(trail).await?.management_events();
        // The services a trail leaves out do not matter to events of other services.
        let elsewhere = |source: &str| {
            let other = Pattern::parse(&format!("{{ $.eventSource != \"{source}\" }}"));
            other.is_ok_and(|other| covers(events, &[&other]) == Coverage::Covered)
        };
        if !recorded.left_out().is_some_and(|sources| sources.into_iter().all(elsewhere)) {
            return missing(recorded.words());
        }
        let stage = format!("log group {}", group.name);
        match self.via_log_group(group, trail, events, &there).await {
            Ok(way) => Ok(Way::from(stage, way)),
            Err(gap) => Err(gap.after(&stage)),
        }
    }

    async fn via_log_group<C: Hears>(
        &self,
        group: LogGroup<'_>,
        trail: &Trail,
        events: &Pattern,
        cloud: &Cloud<C>,
    ) -> Result<Way, Gap> {
        let missing = |what: String| Err(Gap::Missing(Way(Vec::new()), what));
        let filters = cloud.of::<TrailMetricFilters>(trail).await?;
        let Some(filters) = &filters.metric_filters else {
            return missing("does not exist".to_owned());
        };
        let filters: Vec<Filter> = filters.iter().map(Filter::new).collect();
        let covered_by = |some: &[&Pattern]| covers(events, some);
        let alone =
            |filter: &&Filter| filter.pattern.as_ref().is_ok_and(|pattern| covered_by(&[pattern]) == Coverage::Covered);
        let mut gaps = Vec::new();
        for filter in filters.iter().filter(alone) {
            match self.via_filter(filter.filter, trail, cloud).await {
                Ok(way) => return Ok(way),
                Err(gap) => gaps.push(gap),
            }
        }
        // No filter does it alone; several may, if all of them are heard.
        let all = covered_by(&patterns(filters.iter()));
        let understood = filters.iter().all(|filter| filter.pattern.is_ok());
        if let (Coverage::NotCovered { example, .. }, true) = (&all, understood) {
            return missing(format!("no metric filter matches {}", in_words(example)));
        }
        let others = |one: &Filter| filters.iter().filter(|other| !std::ptr::eq(*other, one)).collect::<Vec<_>>();
        let needed = |one: &Filter| covered_by(&patterns(others(one).into_iter())) != Coverage::Covered;
        let nobody_alone = gaps.is_empty();
        let (mut heard, mut unseen) = (Vec::new(), Vec::new());
        for filter in &filters {
            match self.via_filter(filter.filter, trail, cloud).await {
                Ok(_) => heard.push(filter),
                Err(Gap::Unseen(unknown)) => unseen.push((filter, unknown)),
                Err(gap) if nobody_alone && needed(filter) => gaps.push(gap),
                Err(Gap::Missing(..)) => {}
            }
        }
        if covered_by(&patterns(heard.iter().copied())) == Coverage::Covered {
            let covered_without = |one: &Filter, some: &[&Filter]| {
                let rest = some.iter().copied().filter(|other| !std::ptr::eq(*other, one));
                covered_by(&patterns(rest)) == Coverage::Covered
            };
            // Only those that it takes.
            let mut taken = heard.clone();
            for filter in &heard {
                if covered_without(filter, &taken) {
                    taken.retain(|other| !std::ptr::eq(*other, *filter));
                }
            }
            let names: Vec<&str> = taken.iter().map(|filter| &*filter.filter.filter_name).collect();
            return Ok(Way(vec![format!("filters {}", names.join(", ")), "their alarms and topics".to_owned()]));
        }
        // A filter that nobody hears of does not help, whatever it matches. Of the others it must be clear.
        let undecided =
            |why: &str| Unknown::undecided::<TrailMetricFilters>(format!("log group {}: {why}", group.name));
        let perhaps = || heard.iter().copied().chain(unseen.iter().map(|(filter, _)| *filter));
        for filter in perhaps() {
            if let Err(why) = &filter.pattern {
                return Err(undecided(&format!("filter {}: {why}", filter.filter.filter_name)).into());
            }
        }
        match (covered_by(&patterns(perhaps())), unseen.first()) {
            (Coverage::Undecided(why), _) => Err(undecided(&why).into()),
            (Coverage::Covered, Some((_, unknown))) => Err(unknown.clone().into()),
            (answer, _) => {
                let gaps = gaps.into_iter().filter(|gap| matches!(gap, Gap::Missing(..))).collect();
                let example = match answer {
                    Coverage::NotCovered { example, .. } => format!(" matches {}", in_words(&example)),
                    Coverage::Covered | Coverage::Undecided(_) => String::new(),
                };
                let nobody =
                    || Gap::Missing(Way(Vec::new()), format!("no metric filter that somebody hears of{example}"));
                Err(Gap::of_all(gaps).unwrap_or_else(nobody))
            }
        }
    }

    async fn via_filter<C: Hears>(&self, filter: &MetricFilter, trail: &Trail, cloud: &Cloud<C>) -> Result<Way, Gap> {
        let stage = format!("filter {}", filter.filter_name);
        let alarms = cloud.of::<TrailAlarms>(trail).await?;
        let mut gaps = Vec::new();
        for metric in &filter.metric_transformations {
            let counted = match counted(metric) {
                Ok(counted) => counted,
                Err(Gap::Missing(_, what)) => return Way::missing(stage, what),
                Err(unseen) => return Err(unseen),
            };
            let (namespace, name) = (&metric.metric_namespace, &metric.metric_name);
            let mut watched = false;
            for alarm in alarms.metric_alarms.iter().filter(|alarm| alarm.watches(namespace, name)) {
                watched = true;
                match self.via_alarm(alarm, counted, &alarms.composite_alarms, cloud).await {
                    Ok(way) => return Ok(Way::from(stage, way)),
                    Err(gap) => gaps.push(gap.after(&stage)),
                }
            }
            for alarm in alarms.metric_alarms.iter().filter(|alarm| alarm.computes_with(namespace, name)) {
                watched = true;
                let what =
                    format!("alarm {} computes with metric {name}, in a way that is not followed", alarm.alarm_name);
                gaps.push(Unknown::undecided::<TrailAlarms>(what).into());
            }
            if !watched {
                gaps.push(Gap::Missing(
                    Way(vec![stage.clone()]),
                    format!("no alarm watches its metric {namespace} {name}"),
                ));
            }
        }
        Err(Gap::of_all(gaps).unwrap_or_else(|| Gap::Missing(Way(vec![stage]), "feeds no metric".to_owned())))
    }

    async fn via_alarm<C: Hears>(
        &self,
        alarm: &MetricAlarm,
        counted: Counted,
        composites: &[CompositeAlarm],
        cloud: &Cloud<C>,
    ) -> Result<Way, Gap> {
        let stage = format!("alarm {}", alarm.alarm_name);
        match alarm.goes_off(counted, self.each) {
            GoesOff::Yes => {}
            GoesOff::No(why) => return Way::missing(stage, why),
            GoesOff::Unclear(why) => return Err(Unknown::undecided::<TrailAlarms>(format!("{stage} {why}")).into()),
        }
        let mut gaps = Vec::new();
        match via_actions(alarm.actions_enabled, &alarm.alarm_actions, cloud).await {
            Ok(way) => return Ok(Way::from(stage, way)),
            Err(gap) => gaps.push(gap.after(&stage)),
        }
        for composite in composites {
            let name = &composite.alarm_name;
            match composite.follows(alarm) {
                None => {}
                Some(true) => match via_actions(composite.actions_enabled, &composite.alarm_actions, cloud).await {
                    Ok(way) => return Ok(Way::from(stage, Way::from(format!("alarm {name}"), way))),
                    Err(gap) => gaps.push(gap.after(&format!("alarm {name}")).after(&stage)),
                },
                Some(false) => {
                    let what = format!("alarm {name} goes off after {stage} or not, by a rule that is not followed");
                    gaps.push(Unknown::undecided::<TrailAlarms>(what).into());
                }
            }
        }
        Err(Gap::of_all(gaps).unwrap_or_else(|| Gap::Missing(Way(vec![stage]), "calls nobody".to_owned())))
    }
}

/// An event, as the conditions that a filter for it would have.
fn in_words(event: &Value) -> String {
    fn conditions(path: &str, value: &Value, told: &mut Vec<String>) {
        match value {
            Value::Object(fields) if path.is_empty() || !fields.is_empty() => {
                for (name, value) in fields {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    conditions(&path, value, told);
                }
            }
            Value::String(text) if !text.is_empty() && !text.contains(char::is_whitespace) => {
                told.push(format!("{path} = {text}"));
            }
            value => told.push(format!("{path} = {value}")),
        }
    }
    let mut told = Vec::new();
    conditions("", event, &mut told);
    match told.split_last() {
        None => "an event without any of its fields".to_owned(),
        Some((last, [])) => format!("an event where {last}"),
        Some((last, others)) => format!("an event where {} and {last}", others.join(", ")),
    }
}

/// What a filter adds to a metric that an alarm can watch as a whole.
fn counted(metric: &MetricTransformation) -> Result<Counted, Gap> {
    let missing = |what: String| Err(Gap::Missing(Way(Vec::new()), what));
    if !metric.dimensions.is_empty() {
        return missing(format!("splits its metric by {}, and no alarm sees all of it", metric.dimensions.join(", ")));
    }
    match metric.metric_value.parse::<f64>() {
        Ok(value) if value > 0.0 => Ok(Counted { value, default: metric.default_value }),
        Ok(_) => missing(format!("adds {} to its metric", metric.metric_value)),
        Err(_) => {
            let what = format!("how much a filter adds to metric {} depends on the event", metric.metric_name);
            Err(Unknown::undecided::<TrailMetricFilters>(what).into())
        }
    }
}

async fn via_actions<C: Hears>(enabled: bool, actions: &[String], cloud: &Cloud<C>) -> Result<Way, Gap> {
    let missing = |what: &str| Err(Gap::Missing(Way(Vec::new()), what.to_owned()));
    if !enabled {
        return missing("has its actions switched off");
    }
    let mut gaps = Vec::new();
    for topic in actions.iter().filter_map(|action| Topic::new(action)) {
        let stage = format!("topic {}", topic.name());
        match via_topic(&topic, cloud).await {
            Ok(()) => return Ok(Way(vec![stage])),
            Err(gap) => gaps.push(gap.after(&stage)),
        }
    }
    match Gap::of_all(gaps) {
        Some(gap) => Err(gap),
        None => missing("tells no topic"),
    }
}

async fn via_topic<C: Hears>(topic: &Topic, cloud: &Cloud<C>) -> Result<(), Gap> {
    let missing = |what: &str| Err(Gap::Missing(Way(Vec::new()), what.to_owned()));
    let subscriptions = match topic.account() {
        Some(owner) => {
            let what = format!("topic {} is in account {owner}", topic.name());
            let region = &cloud.place().region;
            let there = cloud.elsewhere::<TopicSubscriptions>(owner, region, what).await?;
            there.of::<TopicSubscriptions>(topic).await?
        }
        None => cloud.of::<TopicSubscriptions>(topic).await?,
    };
    match &subscriptions.subscriptions {
        None => missing("does not exist"),
        Some(subscriptions) if subscriptions.is_empty() => missing("has no subscriber"),
        Some(subscriptions) if subscriptions.iter().any(Subscription::is_confirmed) => Ok(()),
        Some(_) => missing("nobody has confirmed a subscription"),
    }
}
