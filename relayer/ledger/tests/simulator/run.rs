//! One seed: a list of actions, each carried out and checked; and the search for a short list that still fails.

use ledger::{
    block::apply_block,
    command::Block,
    root::{Roots, seal},
    snapshot,
};

use crate::{
    action::Action,
    invariants::{INVARIANTS, Step, ended},
    random::Random,
    tally::Tally,
    world::World,
};

/// What broke, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) invariant: &'static str,
    pub(crate) place: usize,
    pub(crate) why: String,
}

pub(crate) fn actions(seed: u64, count: usize) -> Vec<Action> {
    let mut random = Random::new(seed);
    (0..count).map(|_| Action::draw(&mut random)).collect()
}

/// Carries the actions out on a fresh world and checks every invariant after each; answers what happened.
pub(crate) fn run(actions: &[Action]) -> Result<Tally, Broken> {
    let (mut world, mut tally) = (World::endowed().rooted(), Tally::default());
    for (place, action) in actions.iter().enumerate() {
        let broken = |(invariant, why)| Broken {
            invariant,
            place,
            why,
        };
        step(&mut world, action, &mut tally).map_err(broken)?;
        if place % 100 == 99 {
            roots_are_those_of_the_state(&mut world).map_err(broken)?;
        }
    }
    let place = actions.len();
    roots_are_those_of_the_state(&mut world)
        .and_then(|()| replay_gives_the_same(&world))
        .map_err(|(invariant, why)| Broken {
            invariant,
            place,
            why,
        })?;
    Ok(tally)
}

fn step(world: &mut World, action: &Action, tally: &mut Tally) -> Result<(), (&'static str, String)> {
    let block = action.block(world);
    let previous = world.state.clone();
    let mut before = previous.clone();
    apply_block(
        &mut before,
        &Block {
            height: block.height,
            time_ms: block.time_ms,
            ..Block::default()
        },
    );
    let outcomes = world.apply(block.clone());
    let step = Step {
        previous: &previous,
        before: &before,
        world,
        block: &block,
        outcomes: &outcomes,
    };
    for (name, holds) in INVARIANTS {
        holds(&step).map_err(|why| (*name, why))?;
    }
    tally.count(&step);
    world.ended.extend(ended(&outcomes));
    Ok(())
}

/// The trees that followed block by block, and those built from the state or its snapshot, have one root.
fn roots_are_those_of_the_state(world: &mut World) -> Result<(), (&'static str, String)> {
    let name = "incremental_root_is_the_state's";
    let changes = seal(&mut world.state.clone()).expect("in range");
    let roots = world.roots.as_mut().expect("they follow");
    let followed = roots.apply(changes).expect("in range");
    let (_, rebuilt) = Roots::of(&world.state).expect("in range");
    if followed != rebuilt {
        return Err((name, format!("{followed:?} != {rebuilt:?}")));
    }
    let bytes = snapshot::encode(&world.state);
    let restored =
        snapshot::restore(&bytes, &snapshot::hash(&bytes)).map_err(|error| (name, error.to_string()))?;
    if restored != world.state || snapshot::encode(&restored) != bytes {
        return Err((name, "the snapshot is another state".into()));
    }
    Ok(())
}

fn replay_gives_the_same(world: &World) -> Result<(), (&'static str, String)> {
    let mut again = World::endowed();
    for block in &world.blocks {
        again.apply(block.clone());
    }
    let (first, second) = (snapshot::encode(&world.state), snapshot::encode(&again.state));
    if first != second {
        return Err(("replay_gives_the_same_root", "the snapshots differ".into()));
    }
    Ok(())
}

/// Leaves out ever smaller parts while the same invariant still breaks.
pub(crate) fn shrunk(mut actions: Vec<Action>, broken: &Broken) -> Vec<Action> {
    actions.truncate(broken.place + 1);
    let mut size = actions.len() / 2;
    while size > 0 {
        let mut start = 0;
        while start < actions.len() {
            let mut shorter = actions.clone();
            shorter.drain(start..(start + size).min(actions.len()));
            match run(&shorter) {
                Err(found) if found.invariant == broken.invariant => actions = shorter,
                _ => start += size,
            }
        }
        size /= 2;
    }
    actions
}
