//! [`Turns`] gives the same results as a simple model, which keeps lists and searches all of them each time.

use std::net::IpAddr;

use proptest::prelude::*;

use super::super::peer::Peer;
use super::*;

/// The flows of one network, the next flow first; at the end of a path, the jobs of one peer.
#[derive(Default)]
struct Model {
    flows: Vec<(Key, Model)>,
    jobs: Vec<JobKey>,
}

impl Model {
    fn all(&self) -> Vec<JobKey> {
        let below = self.flows.iter().flat_map(|(_, flow)| flow.all());
        self.jobs.iter().copied().chain(below).collect()
    }

    fn tidy(&mut self) {
        self.flows.retain(|(_, flow)| !flow.all().is_empty());
    }

    fn push(&mut self, path: &[Key], job_key: JobKey) {
        let Some((key, rest)) = path.split_first() else { return self.jobs.push(job_key) };
        if !self.flows.iter().any(|(other, _)| other == key) {
            self.flows.push((*key, Self::default()));
        }
        let flow = self.flows.iter_mut().find(|(other, _)| other == key);
        flow.unwrap().1.push(rest, job_key);
    }

    fn next(&mut self, lane: Option<Lane>) -> Option<JobKey> {
        let fits = |job_key: &JobKey| lane.is_none_or(|lane| lane == job_key.1);
        let own = self.jobs.iter().copied().filter(fits).min();
        if let Some(job_key) = own {
            self.jobs.retain(|other| *other != job_key);
            return Some(job_key);
        }
        let place = self.flows.iter().position(|(_, flow)| flow.all().iter().any(fits))?;
        let mut served = self.flows.remove(place);
        let job_key = served.1.next(lane);
        self.flows.push(served);
        self.tidy();
        job_key
    }

    fn remove(&mut self, job_key: JobKey) {
        self.jobs.retain(|other| *other != job_key);
        self.flows.iter_mut().for_each(|(_, flow)| flow.remove(job_key));
        self.tidy();
    }

    /// Returns the index of the longest flow. Among equally long flows, this is the flow that is served last.
    fn longest(&self) -> Option<usize> {
        (0..self.flows.len()).max_by_key(|place| (self.flows[*place].1.all().len(), *place))
    }

    fn last(&mut self) -> Option<JobKey> {
        let job_key = match self.longest() {
            Some(place) => self.flows[place].1.last(),
            None => self.jobs.iter().copied().max(),
        };
        self.remove(job_key?);
        job_key
    }

    fn make_room(&mut self, path: &[Key]) -> Option<JobKey> {
        let (own, rest) = path.split_first()?;
        let longest = self.longest()?;
        let most = self.flows[longest].1.all().len();
        let place = self.flows.iter().position(|(key, _)| key == own);
        let len = place.map_or(0, |place| self.flows[place].1.all().len());
        let chosen =
            if len + 1 < most { self.flows[longest].1.last() } else { self.flows[place?].1.make_room(rest) };
        self.tidy();
        chosen
    }
}

/// The path of one of a few addresses, which share networks of each length.
fn path(address: usize, was_right: bool) -> Path {
    const ADDRESSES: [&str; 9] = [
        "192.0.2.1",
        "192.0.2.2",
        "2001:db8::1",
        "2001:db8:0:1::1",
        "2001:db8:0:100::1",
        "2001:db8:0:101::1",
        "2001:db8:1::1",
        "fe80::1",
        "fe80::2",
    ];
    let address: Option<IpAddr> = ADDRESSES.get(address).map(|address| address.parse().unwrap());
    Peer::new(address).path().map(|network| (network, was_right))
}

#[derive(Debug, Clone)]
enum Step {
    Push {
        address: usize,
        was_right: bool,
        lane: Lane,
    },
    Next {
        lane: Option<Lane>,
    },
    MakeRoom {
        address: usize,
        was_right: bool,
    },
    /// Removes one of the waiting jobs.
    Remove {
        place: prop::sample::Index,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let address = || 0..10_usize;
    let lane = || prop::option::of((4..6_u32).prop_map(Group::Bcrypt));
    prop_oneof![
        5 => (address(), any::<bool>(), lane())
            .prop_map(|(address, was_right, lane)| Step::Push { address, was_right, lane }),
        2 => prop::option::of(lane()).prop_map(|lane| Step::Next { lane }),
        2 => (address(), any::<bool>()).prop_map(|(address, was_right)| Step::MakeRoom { address, was_right }),
        1 => any::<prop::sample::Index>().prop_map(|place| Step::Remove { place }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_calls_give_the_same_results_as_the_model(steps in prop::collection::vec(step(), 0..200)) {
        let (mut turns, mut model, mut paths) = (Turns::default(), Model::default(), BTreeMap::new());
        for (number, step) in (0..).zip(steps) {
            match step {
                Step::Push { address, was_right, lane } => {
                    let path = path(address, was_right);
                    turns.push(&path, (number, lane));
                    model.push(&path, (number, lane));
                    paths.insert(number, path);
                }
                Step::Next { lane } => prop_assert_eq!(turns.next(lane), model.next(lane)),
                Step::MakeRoom { address, was_right } => {
                    let path = path(address, was_right);
                    prop_assert_eq!(turns.make_room(&path), model.make_room(&path));
                }
                Step::Remove { place } => {
                    let all = model.all();
                    if !all.is_empty() {
                        let job_key = *place.get(&all);
                        turns.remove(&paths[&job_key.0], job_key);
                        model.remove(job_key);
                    }
                }
            }
            prop_assert_eq!(turns.len(), model.all().len());
        }
        while let Some(job_key) = turns.next(None) {
            prop_assert_eq!(Some(job_key), model.next(None));
        }
        prop_assert!(model.all().is_empty() && turns.children.is_empty() && turns.lanes.is_empty());
        prop_assert!(turns.order.is_empty() && turns.lengths.is_empty());
    }
}

fn order(turns: &mut Turns) -> Vec<u64> {
    std::iter::from_fn(|| turns.next(None)).map(|(number, _)| number).collect()
}

fn site(number: u64) -> Path {
    let address = format!("2001:db8:0:{number:x}00::1").parse().ok();
    Peer::new(address).path().map(|network| (network, false))
}

#[test]
fn a_network_of_48_bits_gets_no_more_turns_than_one_address() {
    let mut turns = Turns::default();
    for number in 0..200 {
        turns.push(&site(number), (number, None));
    }
    for number in 1000..1003 {
        turns.push(&path(0, false), (number, None));
    }
    assert_eq!(order(&mut turns)[..7], [0, 1000, 1, 1001, 2, 1002, 3]);
}

#[test]
fn a_network_that_fills_the_queue_makes_room_for_others() {
    let mut turns = Turns::default();
    for number in 0..100 {
        turns.push(&site(number), (number, None));
    }
    assert!(turns.make_room(&path(0, false)).is_some());
    assert!(turns.make_room(&path(6, false)).is_some(), "another network of 48 bits");
    assert!(turns.make_room(&path(0, true)).is_some());
    // All peers in this network have one job, so no peer makes room for another.
    assert_eq!(turns.make_room(&site(200)), None);
    for number in 100..110 {
        turns.push(&site(7), (number, None));
    }
    assert_eq!(turns.make_room(&site(200)), Some((109, None)));
    assert_eq!(turns.make_room(&site(7)), None);
}
