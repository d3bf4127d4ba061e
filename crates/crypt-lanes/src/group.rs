//! Groups inputs of similar length, so that the lanes of a batch have similar messages.

use alloc::vec::Vec;

use crate::batch::fits;
use crate::element::Element;

/// The rounds and lengths of an input, which decide whether two inputs can be in one batch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shape {
    pub(crate) rounds: u32,
    pub(crate) password: usize,
    pub(crate) salt: usize,
}

/// A number of lanes that a level computes together.
#[derive(Clone, Copy)]
pub(crate) struct Width {
    /// The smallest number of inputs for which this number of lanes is faster than the next smaller one, or than the
    /// inputs alone.
    pub(crate) least: usize,
    pub(crate) lanes: usize,
}

/// Calls `compute` with the indexes of each group of `shapes` and its number of lanes. `widths` has the smallest number
/// first. Returns the indexes of the shapes that are faster alone.
pub(crate) fn each_group<E: Element>(
    shapes: &[Shape],
    widths: &[Width],
    mut compute: impl FnMut(&[usize], usize),
) -> Vec<usize> {
    let widest = widths.last().map_or(1, |width| width.lanes);
    let mut alone = Vec::new();
    for group in groups::<E>(shapes, widest) {
        match widths.iter().rfind(|width| width.least <= group.len()) {
            Some(width) => compute(&group, width.lanes),
            None => alone.extend(group),
        }
    }
    alone
}

/// Returns the indexes of `shapes` in groups of at most `widest` that can be in one batch.
fn groups<E: Element>(shapes: &[Shape], widest: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..shapes.len()).collect();
    // The sort keeps the order of equal shapes, so that the groups do not depend on the implementation of the sort.
    order.sort_by_key(|&index| shapes[index]);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    // The first shape of the last group has the shortest password, but not always the shortest or longest salt.
    let mut first = None;
    let mut salts = [0, 0];
    for index in order {
        let shape = shapes[index];
        let wider = [salts[0].min(shape.salt), salts[1].max(shape.salt)];
        let belongs = first.is_some_and(|first: Shape| {
            first.rounds == shape.rounds && fits::<E>([first.password, shape.password], wider)
        });
        match groups.last_mut() {
            Some(group) if group.len() < widest && belongs => {
                group.push(index);
                salts = wider;
            }
            _ => {
                groups.push([index].into());
                first = Some(shape);
                salts = [shape.salt; 2];
            }
        }
    }
    groups
}
