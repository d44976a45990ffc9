//! The way to the account: lazy reads, each made at most once, whoever answers them.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, join_all};
use tokio::task::JoinSet;

use super::{Account, Asks, CallMade, Detail, Place, Read, Reason, Record, Region, Resource, Settings, Unknown};

/// Whoever answers reads: the live account, a recording, a test.
///
/// A source never answers "none" for what it could not see; it says so in [`Fetched::rest`].
pub trait Source: Send + Sync + 'static {
    /// All resources of a kind at a place.
    fn list<'a>(&'a self, read: &'static Read, place: &'a Place) -> BoxFuture<'a, Fetched>;

    /// A detail of one resource: `id` as in its identity, `record` the resource itself.
    fn detail<'a>(
        &'a self,
        read: &'static Read,
        place: &'a Place,
        id: &'a str,
        record: &'a (dyn Any + Send + Sync),
    ) -> BoxFuture<'a, Fetched>;
}

/// What came of one read.
#[derive(Default)]
pub struct Fetched {
    /// The records seen; for a detail, one or none.
    pub records: Vec<Box<dyn Any + Send + Sync>>,
    /// Why there may be more than was seen. `None`: everything was seen.
    pub rest: Option<Unknown>,
    /// The calls it took.
    pub calls: Vec<CallMade>,
}

impl Fetched {
    /// A read that saw nothing.
    pub fn unknown(unknown: Unknown) -> Self {
        Self { rest: Some(unknown), ..Self::default() }
    }
}

/// A finished read, kept as long as a check may ask for it.
pub struct Loaded {
    /// What was read.
    pub read: &'static Read,
    /// The records seen.
    pub records: Vec<Box<dyn Any + Send + Sync>>,
    /// Why there may be more.
    pub rest: Option<Unknown>,
    /// The calls it took.
    pub calls: Vec<CallMade>,
}

/// Told of every read that is finished, once: the ledger and the recorder listen.
pub trait Observer: Send + Sync + 'static {
    /// A read is finished.
    fn done(&self, done: ReadDone<'_>);
    /// Nobody will ask for this kind at this place any more.
    fn released(&self, read: &'static Read, place: &Place);
}

/// A finished read, for an [`Observer`].
#[derive(Clone, Copy)]
pub struct ReadDone<'a> {
    /// What was read.
    pub read: &'static Read,
    /// Where.
    pub place: &'a Place,
    /// For a detail, the id of the resource it is about.
    pub of: Option<&'a str>,
    /// What came of it.
    pub loaded: &'a Loaded,
}

type Cell = Shared<BoxFuture<'static, Arc<Loaded>>>;

#[derive(Default)]
struct Slot {
    list: Option<Cell>,
    details: HashMap<String, Cell>,
}

/// What is known of the account before the first read.
#[derive(Debug, Clone)]
pub struct WorldFacts {
    /// The account's global place.
    pub global: Place,
    /// The regions this scan looks at, in order.
    pub regions: Vec<String>,
    /// The time that ages are counted to.
    pub now: jiff::Timestamp,
    /// What the user has set.
    pub settings: Arc<Settings>,
}

/// The other accounts of a scan, for what shows there only: the organization's own, and whatever a resource names.
pub trait Others: Send + Sync + 'static {
    /// The account that the scan began in: the organization answers it.
    fn first(&self) -> &str;

    /// One of them.
    fn account<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Other>;
}

/// Another account, as far as a scan sees it.
#[derive(Clone)]
pub enum Other {
    /// It can be asked.
    Seen(Arc<World>),
    /// It is one of the scan's, and could not be opened.
    Shut(Unknown),
    /// The scan does not look at it.
    OutOfSight,
}

/// One account during one scan: the source, and what has been read of it so far.
pub struct World {
    facts: WorldFacts,
    source: Arc<dyn Source>,
    observer: Arc<dyn Observer>,
    others: Option<Arc<dyn Others>>,
    slots: Mutex<HashMap<(&'static str, Arc<str>), Slot>>,
}

impl World {
    /// An account nothing has been read of yet.
    pub fn new(facts: WorldFacts, source: Arc<dyn Source>, observer: Arc<dyn Observer>) -> Arc<Self> {
        Self::among(None, facts, source, observer)
    }

    /// An account among others that judgements of it may rest on.
    pub fn among(
        others: Option<Arc<dyn Others>>,
        facts: WorldFacts,
        source: Arc<dyn Source>,
        observer: Arc<dyn Observer>,
    ) -> Arc<Self> {
        Arc::new(Self { facts, source, observer, others, slots: Mutex::default() })
    }

    /// What is known without reading.
    pub fn facts(&self) -> &WorldFacts {
        &self.facts
    }

    /// Lists a kind at a place, or gives what an earlier call has listed.
    pub async fn list(self: &Arc<Self>, read: &'static Read, place: &Place) -> Arc<Loaded> {
        let place = read.place(place);
        let cell = {
            let mut slots = self.slots();
            let slot = slots.entry((read.name, place.region.clone())).or_default();
            slot.list
                .get_or_insert_with(|| {
                    let (world, at) = (self.clone(), place.clone());
                    let fetch = async move {
                        match World::known(read, &at) {
                            Some(record) => Fetched { records: vec![record], ..Fetched::default() },
                            None => world.source.list(read, &at).await,
                        }
                    };
                    self.cell(read, place, None, fetch)
                })
                .clone()
        };
        cell.await
    }

    /// Reads a detail of one resource at its own place, or gives what an earlier call has read. `record` is called
    /// for the resource itself when it has to be read.
    pub async fn detail(
        self: &Arc<Self>,
        read: &'static Read,
        place: Place,
        id: String,
        record: impl FnOnce() -> Box<dyn Any + Send + Sync>,
    ) -> Arc<Loaded> {
        let cell = {
            let mut slots = self.slots();
            let slot = slots.entry((read.name, place.region.clone())).or_default();
            if let Some(cell) = slot.details.get(&id) {
                cell.clone()
            } else {
                let (world, at, of, record) = (self.clone(), place.clone(), id.clone(), record());
                let fetch = async move { world.source.detail(read, &at, &of, &*record).await };
                let cell = self.cell(read, place, Some(id.clone()), fetch);
                slot.details.insert(id, cell.clone());
                cell
            }
        };
        cell.await
    }

    /// Forgets everything read of a kind at a place.
    pub fn release(&self, read: &'static Read, place: &Place) {
        let slot = self.slots().remove(&(read.name, place.region.clone()));
        drop(slot);
        self.observer.released(read, place);
    }

    /// Forgets everything read of a kind, wherever it was read.
    pub fn release_everywhere(&self, read: &'static Read) {
        let mut regions: Vec<Arc<str>> =
            self.slots().keys().filter(|(name, _)| *name == read.name).map(|(_, region)| region.clone()).collect();
        regions.sort_unstable();
        for region in regions {
            self.release(read, &self.facts.global.at(&region));
        }
    }

    /// Forgets one resource's detail, when nobody else will ask for it.
    pub fn release_detail(&self, read: &'static Read, place: &Place, id: &str) {
        let cell = self.slots().get_mut(&(read.name, place.region.clone())).and_then(|slot| slot.details.remove(id));
        drop(cell);
    }

    /// Lets go of everything, when nobody will ask any more: reads under way end, and what holds them goes.
    pub fn forget(&self) {
        let slots = std::mem::take(&mut *self.slots());
        drop(slots);
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<(&'static str, Arc<str>), Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The account and its regions are known beforehand.
    fn known(read: &'static Read, place: &Place) -> Option<Box<dyn Any + Send + Sync>> {
        if read == Account::READ {
            Some(Box::new(Account { id: place.account.to_string() }))
        } else if read == Region::READ {
            Some(Box::new(Region { name: place.region.to_string() }))
        } else {
            None
        }
    }

    /// A read on a task of its own: whoever waits for it may stop waiting, and if it panics it is alone in that.
    fn cell(
        self: &Arc<Self>,
        read: &'static Read,
        place: Place,
        of: Option<String>,
        fetch: impl Future<Output = Fetched> + Send + 'static,
    ) -> Cell {
        let world = self.clone();
        async move {
            // The set ends its task when it goes, as it does when nobody waits any more.
            let mut alone = JoinSet::new();
            alone.spawn(fetch);
            let fetched = match alone.join_next().await.expect("there is one task in it") {
                Ok(fetched) => fetched,
                Err(failure) => Fetched::unknown(Unknown::new(
                    Reason::Internal,
                    read.action(),
                    if failure.is_panic() {
                        format!("the collector of {} panicked", read.name)
                    } else {
                        "the read was cancelled".to_owned()
                    },
                )),
            };
            let Fetched { records, rest, calls } = fetched;
            let loaded = Arc::new(Loaded { read, records, rest, calls });
            world.observer.done(ReadDone { read, place: &place, of: of.as_deref(), loaded: &loaded });
            loaded
        }
        .boxed()
        .shared()
    }
}

/// A read that a judgement rests on.
#[derive(Clone)]
pub struct Asked {
    /// The account that was asked, if that is another one than is judged.
    pub account: Option<Arc<str>>,
    /// For a detail, the id of the resource it is about.
    pub of: Option<String>,
    /// What came of it.
    pub loaded: Arc<Loaded>,
}

struct Asking {
    /// The account that is asked.
    world: Arc<World>,
    place: Place,
    /// The account that is judged.
    judged: Arc<World>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What a check sees of the account beside the resource it judges. `C` says which reads it has declared.
pub struct Cloud<C> {
    asking: Arc<Asking>,
    declared: PhantomData<fn() -> C>,
}

impl<C> Clone for Cloud<C> {
    fn clone(&self) -> Self {
        Self { asking: self.asking.clone(), declared: PhantomData }
    }
}

impl Cloud<()> {
    /// A view from `place`, for one judgement.
    pub fn new(world: Arc<World>, place: Place) -> Self {
        let asking = Asking { judged: world.clone(), world, place, asked: Arc::default() };
        Self { asking: Arc::new(asking), declared: PhantomData }
    }

    /// The same view, for a check that has declared its reads as `C`.
    pub fn declared_as<C>(&self) -> Cloud<C> {
        Cloud { asking: self.asking.clone(), declared: PhantomData }
    }

    /// The reads made through this view so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asking.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<C: 'static> Cloud<C> {
    /// Where the judged resource was listed.
    pub fn place(&self) -> &Place {
        &self.asking.place
    }

    /// The time that ages are counted to.
    pub fn now(&self) -> jiff::Timestamp {
        self.asking.world.facts.now
    }

    /// The account, to ask for its settings.
    pub fn account(&self) -> Account {
        Account { id: self.place().account.to_string() }
    }

    /// The region the judged resource was listed in, to ask for its settings.
    pub fn region(&self) -> Region {
        Region { name: self.place().region.to_string() }
    }

    /// The account that the scan began in, if it looks at several: the organization answers it.
    pub fn first_account(&self) -> Option<&str> {
        self.asking.judged.others.as_deref().map(Others::first)
    }

    /// The view from another account, at `region`; what is asked there counts as asked for this judgement. `R` is to be
    /// found there; `what` tells so, for the answer is unknown if the scan does not see that account.
    pub async fn elsewhere<R: Record>(&self, account: &str, region: &str, what: String) -> Result<Self, Unknown>
    where
        C: Asks<R>,
    {
        let judged = &self.asking.judged;
        let other = match &judged.others {
            _ if *account == *judged.facts.global.account => Other::Seen(judged.clone()),
            Some(others) => others.account(account).await,
            None => Other::OutOfSight,
        };
        match other {
            Other::Seen(world) => {
                let place = world.facts.global.at(region);
                let asking = Asking { world, place, judged: judged.clone(), asked: self.asking.asked.clone() };
                Ok(Self { asking: Arc::new(asking), declared: PhantomData })
            }
            Other::Shut(Unknown { reason, action, detail }) => Err(Unknown {
                reason,
                action,
                detail: format!("{what}; account {account} could not be opened: {detail}"),
            }),
            Other::OutOfSight => Err(Unknown::new(Reason::OtherAccount, R::READ.action(), what)),
        }
    }

    /// All resources of a kind at this place (or of the account, for a global kind). Unknown if any could not be seen.
    pub async fn list<R: Resource>(&self) -> Result<List<R>, Unknown>
    where
        C: Asks<R>,
    {
        let loaded = self.asking.world.list(R::READ, self.place()).await;
        self.note(None, &loaded);
        match &loaded.rest {
            Some(unknown) => Err(unknown.clone()),
            None => Ok(List { loaded, kind: PhantomData }),
        }
    }

    /// All resources of a regional kind that every region lists alike, as it does the trails that record all of them,
    /// for a check over a global kind.
    ///
    /// One region that was seen whole is enough to know them all; unknown only if none was. What a region lists alone is
    /// among them as far as it was seen, so that nothing follows from its absence.
    pub async fn everywhere<R: Resource>(&self) -> Result<Everywhere<R>, Unknown>
    where
        C: Asks<R>,
    {
        let world = &self.asking.world;
        let places: Vec<Place> = world.facts.regions.iter().map(|region| world.facts.global.at(region)).collect();
        let regions = join_all(places.iter().map(|place| world.list(R::READ, place))).await;
        for loaded in &regions {
            self.note(None, loaded);
        }
        if regions.iter().all(|loaded| loaded.rest.is_some()) {
            let nowhere = || Unknown::new(Reason::LeftOut, R::READ.action(), "the scan looks at no region");
            return Err(regions.iter().find_map(|loaded| loaded.rest.clone()).unwrap_or_else(nowhere));
        }
        Ok(Everywhere { regions: places.into_iter().zip(regions).collect(), kind: PhantomData })
    }

    /// What the user has set.
    pub fn settings(&self) -> &Settings {
        &self.asking.world.facts.settings
    }

    /// A detail of one resource.
    pub async fn of<D: Detail>(&self, resource: &D::Of) -> Result<Held<D>, Unknown>
    where
        C: Asks<D>,
    {
        let identity = resource.identity(self.place());
        let place = D::READ.place_of(&identity, self.place());
        let id = identity.id;
        let loaded = self.asking.world.detail(D::READ, place, id.clone(), || Box::new(resource.clone())).await;
        self.note(Some(id), &loaded);
        match (&loaded.rest, loaded.records.len()) {
            (Some(unknown), _) => Err(unknown.clone()),
            (None, 1) => Ok(Held { loaded, kind: PhantomData }),
            (None, n) => Err(Unknown::new(
                Reason::Internal,
                D::READ.action(),
                format!("reading {} gave {n} records instead of one", D::NAME),
            )),
        }
    }

    fn note(&self, of: Option<String>, loaded: &Arc<Loaded>) {
        let mut asked = self.asking.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked.iter().any(|earlier| Arc::ptr_eq(&earlier.loaded, loaded)) {
            let account = &self.place().account;
            let account = (*account != self.asking.judged.facts.global.account).then(|| account.clone());
            asked.push(Asked { account, of, loaded: loaded.clone() });
        }
    }
}

/// All resources of a kind at a place.
pub struct List<R> {
    loaded: Arc<Loaded>,
    kind: PhantomData<R>,
}

impl<R: Resource> List<R> {
    /// The resources, in the order AWS lists them.
    pub fn iter(&self) -> impl Iterator<Item = &R> {
        self.loaded.records.iter().map(|record| super::read::expect_record::<R>(&**record))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.loaded.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.loaded.records.is_empty()
    }
}

/// All resources of a kind that every region lists alike.
pub struct Everywhere<R> {
    regions: Vec<(Place, Arc<Loaded>)>,
    kind: PhantomData<R>,
}

impl<R: Resource> Everywhere<R> {
    /// The resources, in the order of the regions, each once.
    pub fn iter(&self) -> impl Iterator<Item = &R> {
        let mut seen = HashSet::new();
        let all = self.regions.iter().flat_map(|(place, loaded)| {
            let records = loaded.records.iter().map(|record| super::read::expect_record::<R>(&**record));
            records.map(move |record| (record.identity(place).arn, record))
        });
        all.filter_map(move |(arn, record)| seen.insert(arn).then_some(record))
    }
}

/// A detail, held for the time of a judgement.
pub struct Held<D> {
    loaded: Arc<Loaded>,
    kind: PhantomData<D>,
}

impl<D: Record> Deref for Held<D> {
    type Target = D;

    fn deref(&self) -> &D {
        super::read::expect_record::<D>(&*self.loaded.records[0])
    }
}
