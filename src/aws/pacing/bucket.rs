//! One limit of AWS's, and the requests that keep to a share of it.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex as Guarded, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::pace::Pace;

/// Tokens for one request at full speed. At a lower speed a request takes more of them, so that the rate of the limiter
/// itself need not change.
const REQUEST: u32 = 16;
/// Speeds are counted in parts of the full one.
const FULL: u32 = 16;
/// The lowest, which still gets through, if slowly, to a service in distress.
const SLOWEST: u32 = 2;
/// Answers that say "too many" within so long of one another are about the same requests, and slow down once.
const SAME: Duration = Duration::from_secs(1);
/// After so long without such an answer the speed goes up by one part, and so on: from half to full in 16 seconds.
const RECOVERY: Duration = Duration::from_secs(2);
/// Reads are let in for as many requests as are served in so long, and never less than two: more would only wait, and
/// keep others from what they could have at once.
const CROWD: f64 = 4.0;

/// A bucket of tokens: requests of one account that share a limit in one region.
///
/// Whatever AWS answers, there are never more requests than the pace allows; there are fewer while AWS says that there
/// were too many.
pub struct Bucket<C: Clock = MonotonicClock> {
    limiter: RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    capacity: NonZeroU32,
    speed: Guarded<Speed<C::Instant>>,
    /// Whoever holds it is next: without it, many would wake for each token.
    line: Mutex<()>,
    crowd: Arc<Semaphore>,
}

/// How fast, after what AWS has said of late.
struct Speed<I> {
    parts: u32,
    slowed: Option<I>,
    /// When it last went up, or down.
    changed: Option<I>,
}

impl<C: Clock + Clone> Bucket<C> {
    /// A full bucket.
    pub fn new(pace: Pace, clock: C) -> Self {
        let tokens = f64::from(REQUEST);
        let quota = Quota::with_period(Duration::from_secs_f64(1.0 / (pace.rate * tokens)))
            .expect("no limit is beyond a request in a nanosecond");
        let capacity = whole(pace.burst * tokens);
        Self {
            limiter: RateLimiter::direct_with_clock(quota.allow_burst(capacity), clock.clone()),
            clock,
            capacity,
            speed: Guarded::new(Speed { parts: FULL, slowed: None, changed: None }),
            line: Mutex::default(),
            crowd: Arc::new(Semaphore::new(whole((pace.rate * CROWD).max(2.0)).get() as usize)),
        }
    }

    /// Resolves when a request may leave. Whoever asks first goes first.
    pub async fn turn(&self) {
        let _next = self.line.lock().await;
        let mut owed = self.price();
        while owed > 0 {
            match self.pay(owed) {
                Ok(rest) => owed = rest,
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Resolves when there is room for a read that may make requests.
    pub async fn room(&self) -> OwnedSemaphorePermit {
        self.crowd.clone().acquire_owned().await.expect("it is never closed")
    }

    /// Hears that AWS has had too many requests: half the speed, and nothing saved up from before.
    pub fn too_many(&self) {
        let now = self.clock.now();
        let mut speed = self.speed();
        if speed.slowed.is_some_and(|slowed| Duration::from(now.duration_since(slowed)) < SAME) {
            return;
        }
        speed.recover(now);
        *speed = Speed { parts: (speed.parts / 2).max(SLOWEST), slowed: Some(now), changed: Some(now) };
        let mut part = self.capacity.get();
        while let Some(tokens) = NonZeroU32::new(part) {
            if !matches!(self.limiter.check_n(tokens), Ok(Ok(()))) {
                part /= 2;
            }
        }
    }

    /// What a request takes now.
    pub(super) fn price(&self) -> u32 {
        let mut speed = self.speed();
        speed.recover(self.clock.now());
        (REQUEST * FULL).div_ceil(speed.parts)
    }

    /// Pays as much as the bucket holds when it is full, and says what is left to pay; or how long to wait first.
    fn pay(&self, owed: u32) -> Result<u32, Duration> {
        let part = NonZeroU32::new(owed).map_or(self.capacity, |owed| owed.min(self.capacity));
        match self.limiter.check_n(part) {
            Ok(Ok(())) => Ok(owed.saturating_sub(part.get())),
            Ok(Err(early)) => Err(early.wait_time_from(self.clock.now())),
            Err(capacity) => unreachable!("a part is at most what a full bucket holds: {capacity}"),
        }
    }

    fn speed(&self) -> MutexGuard<'_, Speed<C::Instant>> {
        self.speed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<I: Reference> Speed<I> {
    fn recover(&mut self, now: I) {
        while let Some(changed) = self.changed {
            if self.parts == FULL {
                self.changed = None;
            } else if Duration::from(now.duration_since(changed)) >= RECOVERY {
                self.parts += 1;
                self.changed = Some(changed + RECOVERY.into());
            } else {
                break;
            }
        }
    }
}

/// A count as it is used; there is always one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "limits are small and positive")]
fn whole(count: f64) -> NonZeroU32 {
    NonZeroU32::new(count as u32).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use governor::clock::FakeRelativeClock;

    use super::*;
    use crate::pace::{Limit, Share};

    /// Time that passes only when someone waits.
    struct Test {
        bucket: Bucket<FakeRelativeClock>,
        clock: FakeRelativeClock,
        passed: Duration,
    }

    impl Test {
        fn of(pace: Pace) -> Self {
            let clock = FakeRelativeClock::default();
            Self { bucket: Bucket::new(pace, clock.clone()), clock, passed: Duration::ZERO }
        }

        fn wait(&mut self, time: Duration) {
            self.clock.advance(time);
            self.passed += time;
        }

        /// Makes a request as soon as it may be made, and says when that was.
        fn request(&mut self) -> Duration {
            let mut owed = self.bucket.price();
            while owed > 0 {
                match self.bucket.pay(owed) {
                    Ok(rest) => owed = rest,
                    Err(wait) => self.wait(wait),
                }
            }
            self.passed
        }

        fn requests(&mut self, count: usize) -> Vec<Duration> {
            (0..count).map(|_| self.request()).collect()
        }

        /// Requests in a second, after what is saved up is gone.
        fn rate(&mut self) -> f64 {
            let began = self.passed;
            let mut count = 0.0;
            while self.request() <= began + Duration::from_secs(1) {
                count += 1.0;
            }
            count
        }
    }

    /// The most in any time that begins with a request and is shorter than `window`.
    fn most_within(times: &[Duration], window: Duration) -> f64 {
        let within = |from: usize| times[from..].iter().take_while(|time| **time < times[from] + window).count();
        f64::from(u16::try_from((0..times.len()).map(within).max().unwrap_or(0)).unwrap())
    }

    const EC2: Limit = Limit { rate: 20.0, burst: Some(100.0) };
    const TRAILS: Limit = Limit { rate: 10.0, burst: None };
    const KEYS: Limit = Limit { rate: 2000.0, burst: None };

    #[test]
    fn no_window_ever_sees_more_than_the_share() {
        for limit in [EC2, TRAILS, KEYS] {
            for share in ["1%", "10%", "50%", "100%"] {
                let share: Share = share.parse().unwrap();
                let pace = limit.at(share);
                let times = Test::of(pace).requests(400);
                for tenths in 1..100 {
                    let window = Duration::from_millis(100 * tenths);
                    let most = most_within(&times, window);
                    let allowed = pace.burst + pace.rate * window.as_secs_f64();
                    assert!(most <= allowed, "{limit:?} {share} {window:?}: {most} of {allowed}");
                }
                if limit.burst.is_none() {
                    let most = most_within(&times, Duration::from_secs(1));
                    assert!(most <= (limit.rate * share.factor()).max(1.0), "{limit:?} {share}: {most} in a second");
                }
            }
        }
    }

    #[test]
    fn what_may_be_had_is_had() {
        for limit in [EC2, TRAILS, KEYS] {
            let pace = limit.at(Share::default());
            let last = *Test::of(pace).requests(400).last().unwrap();
            let possible = (400.0 - pace.burst) / pace.rate;
            assert!(
                last.as_secs_f64() <= possible * 1.01 + 0.001,
                "{limit:?}: {last:?} where {possible} s are possible"
            );
        }
    }

    #[test]
    fn too_many_halves_the_rate_and_takes_what_was_saved_up() {
        let mut test = Test::of(EC2.at(Share::default()));
        test.bucket.too_many();
        let times = test.requests(10);
        assert!(times[0] >= Duration::from_millis(199), "{times:?}");
        assert!(times[5] >= times[4] + Duration::from_millis(150), "{times:?}");
    }

    #[test]
    fn answers_about_the_same_requests_slow_down_once() {
        let test = Test::of(EC2.at(Share::default()));
        let half = {
            test.bucket.too_many();
            test.bucket.price()
        };
        for _ in 0..20 {
            test.bucket.too_many();
        }
        assert_eq!(test.bucket.price(), half);
        assert_eq!(half, 2 * REQUEST);
    }

    #[test]
    fn it_never_stands_still_and_recovers_step_by_step() {
        let mut test = Test::of(TRAILS.at(Share::default()));
        for _ in 0..20 {
            test.bucket.too_many();
            test.wait(SAME);
        }
        assert_eq!(test.bucket.price(), REQUEST * FULL / SLOWEST, "the slowest");
        let mut prices = Vec::new();
        while test.bucket.price() > REQUEST {
            prices.push(test.bucket.price());
            test.wait(RECOVERY);
        }
        assert!(prices.is_sorted_by(|earlier, later| earlier > later), "{prices:?}");
        assert_eq!(prices.len(), (FULL - SLOWEST) as usize);
        test.requests(10);
        assert!((4.0..=5.0).contains(&test.rate()), "the full rate again");
    }

    #[test]
    fn a_request_that_costs_more_than_the_bucket_holds_is_made_all_the_same() {
        let mut test = Test::of(TRAILS.at(Share::default()));
        test.bucket.too_many();
        test.wait(SAME);
        test.bucket.too_many();
        assert!(test.bucket.price() > test.bucket.capacity.get());
        let times = test.requests(3);
        assert!(times[2] >= times[1] + Duration::from_millis(700), "{times:?}");
    }

    #[tokio::test]
    async fn whoever_asks_first_goes_first() {
        let bucket = Arc::new(Bucket::new(Pace { rate: 500.0, burst: 1.0 }, MonotonicClock));
        let order = Arc::new(Guarded::new(Vec::new()));
        let began = Instant::now();
        let mut turns = Vec::new();
        for number in 0..20 {
            let (bucket, order) = (bucket.clone(), order.clone());
            turns.push(async move {
                bucket.turn().await;
                order.lock().unwrap().push(number);
            });
        }
        futures::future::join_all(turns).await;
        assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
        assert!(began.elapsed() >= Duration::from_millis(38), "nineteen waits of two milliseconds");
    }

    #[tokio::test]
    async fn no_more_reads_are_let_in_than_are_served_soon() {
        let bucket = Bucket::new(TRAILS.at(Share::default()), MonotonicClock);
        let mut inside = Vec::new();
        for _ in 0..20 {
            inside.push(bucket.room().await);
        }
        assert!(futures::FutureExt::now_or_never(bucket.room()).is_none(), "five a second for four seconds");
        inside.pop();
        assert!(futures::FutureExt::now_or_never(bucket.room()).is_some());
        let slow = Bucket::new(Pace { rate: 0.1, burst: 1.0 }, MonotonicClock);
        let _both = (slow.room().await, slow.room().await);
    }
}
