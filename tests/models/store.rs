//! Sequences of `FileStore` calls, with crashes and changes by other programs between them, against the model.

use std::sync::{Arc, Mutex};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use htpasswd::FileStore;
use htpasswd::store::StoreEvent;

use crate::calls::{Step, Time, applied, make};
use crate::cases;
use crate::inputs::{any_user, edit, edits, hash, text, user};
use crate::interrupted::Reach;
use crate::world::{Outside, Reported, Thing, World};

fn reported(event: &StoreEvent) -> Option<Reported> {
    match event {
        StoreEvent::Recovered => Some(Reported::Recovered),
        StoreEvent::JournalQuarantined(_) => Some(Reported::Quarantined),
        _ => None,
    }
}

fn run(steps: &[Step], world: &mut World) -> Result<(), TestCaseError> {
    let events: Arc<Mutex<Vec<Option<Reported>>>> = Arc::default();
    let kept = Arc::clone(&events);
    let store = FileStore::new(world.path())
        .mode(0o640)
        .on_event(move |event| kept.lock().unwrap().push(reported(&event)));
    for step in steps {
        match step {
            Step::Outside(outside) => world.act(outside),
            Step::Plant(thing) => world.plant(*thing),
            Step::Crash(edits, reach) => {
                if let Some(old) = world.file.clone() {
                    world.crash(&applied(&old, edits).0, reach);
                }
            }
            // If the file has a second name, the library may find the other program's change under either name.
            Step::Race(..) if world.has_twin() => {}
            Step::ReadOnly(_) if !world.can_be_read_only() => {}
            Step::CreateNew(_) if world.file.is_some() => {
                let (result, expected, _) = make(step, world, &store);
                prop_assert_eq!(result, expected, "{:?}", step);
            }
            _ => {
                let (before, inode, bytes) = (world.modified(), world.inode(), world.file.clone());
                let (expected_event, moves) = world.recover();
                let (result, expected, time) = make(step, world, &store);
                prop_assert_eq!(result, expected, "{:?}", step);
                let mut reported = std::mem::take(&mut *events.lock().unwrap());
                reported.dedup();
                prop_assert_eq!(
                    reported,
                    expected_event.map(Some).into_iter().collect::<Vec<_>>(),
                    "{:?}",
                    step
                );
                if let (Some(before), Some(after)) = (before, world.modified())
                    && time != Time::Foreign
                {
                    if bytes != world.file || moves {
                        prop_assert!(after > before, "{:?}: {:?} is not after {:?}", step, after, before);
                    } else if time == Time::Unchanged {
                        prop_assert_eq!(after, before, "{:?}", step);
                    }
                    if !matches!(step, Step::Race(..)) {
                        prop_assert_eq!(world.inode(), inode, "{:?}", step);
                    }
                }
            }
        }
        if let Some(difference) = world.difference() {
            prop_assert!(false, "{step:?}: {difference}");
        }
    }
    Ok(())
}

fn outside() -> impl Strategy<Value = Outside> {
    prop_oneof![
        text().prop_map(Outside::Replace),
        text().prop_map(|text| Outside::Append([&text[..], b"\n"].concat())),
        (1..60_usize).prop_map(Outside::Cut),
        Just(Outside::Delete),
        Just(Outside::Link),
    ]
}

fn reach() -> impl Strategy<Value = Reach> {
    prop_oneof![
        1 => (0..101_usize).prop_map(Reach::Journal),
        4 => (any::<u64>(), 0..101_usize).prop_map(|(bits, percent)| Reach::Some(bits, percent)),
        // The write was interrupted at this byte: all bytes of the run before it were written.
        2 => (0..64_u32, 0..101_usize).prop_map(|(bytes, percent)| Reach::Some((1 << bytes) - 1, percent)),
        1 => Just(Reach::Run),
        1 => Just(Reach::All),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let few = || vec(edit(), 0..4);
    let race = outside().prop_filter("the library must notice the change", |outside| {
        !matches!(outside, Outside::Cut(_) | Outside::Link)
    });
    prop_oneof![
        4 => (edits(), prop::bool::weighted(0.2)).prop_map(|(edits, strict)| Step::Apply { edits, strict }),
        3 => edit().prop_map(Step::One),
        2 => (user(), prop::option::of(hash()), hash()).prop_map(|(user, found, hash)| Step::SetIf { user, found, hash }),
        3 => (few(), prop::bool::weighted(0.2)).prop_map(|(edits, fails)| Step::Update { edits, fails }),
        1 => (0..80_usize, 0..20_usize, text()).prop_map(|(at, count, text)| Step::Bytes { at, count, text }),
        3 => (few(), any::<bool>()).prop_map(|(edits, cleared)| Step::Create { edits, cleared }),
        1 => text().prop_map(Step::CreateNew),
        2 => Just(Step::Load),
        1 => any_user().prop_map(Step::HashOf),
        1 => edits().prop_map(Step::Locked),
        2 => (race, edit()).prop_map(|(outside, edit)| Step::Race(outside, edit)),
        1 => edits().prop_map(Step::ReadOnly),
        4 => outside().prop_map(Step::Outside),
        8 => (edits(), reach()).prop_map(|(edits, reach)| Step::Crash(edits, reach)),
        1 => select(&[Thing::File, Thing::Directory, Thing::Link]).prop_map(Step::Plant),
    ]
}

proptest! {
    #![proptest_config(cases(1_000, 15_000))]

    #[test]
    fn sequences_of_calls_match_the_model(is_linked: bool, file in text(), steps in vec(step(), 1..20)) {
        run(&steps, &mut World::new(is_linked, &file))?;
    }
}

proptest! {
    #![proptest_config(cases(60, 1_500))]

    /// The library copies lines through a buffer of 256 KiB, and these lines cross its end.
    #[test]
    fn lines_longer_than_the_buffer_match_the_model(
        head in text(),
        long in vec((0..2_usize, 100_000..300_000_usize), 1..4),
        tail in text(),
        edits in edits(),
    ) {
        let mut file = head;
        for (kind, length) in long {
            file.extend_from_slice([&b"#"[..], b"long:x:"][kind]);
            file.resize(file.len() + length, b'l');
            file.push(b'\n');
        }
        file.extend_from_slice(&tail);
        run(&[Step::Apply { edits, strict: false }, Step::Load], &mut World::new(false, &file))?;
    }
}
