//! `viaduct verify ethereum`.

use serde_json::{Value, json};

use super::{Input, Run, vector, viaduct};

const FOLDER: &str = "local-nodes/prysm-minimal-electra-to-fulu";
/// Root that the chain finalised last.
const FINALIZED: &str = "0xbd1feb337edbd01050e8e0509e308858fa38aa5cf47def15023ff72bc8613111";

/// A run over files of our own making, each from the node's answers.
struct Case {
    network: Value,
    bootstrap: Value,
    updates: Value,
    finality: Value,
    checkpoint: String,
    more: Vec<&'static str>,
}

impl Case {
    /// The client starts in period 0 and follows the chain into Fulu.
    fn new() -> Option<Self> {
        let answer = |name: &str| vector(&format!("{FOLDER}/{name}.json"));
        let header = answer("header_0")?;
        Some(Self {
            network: json!({"spec": answer("spec")?, "genesis": answer("genesis")?}),
            bootstrap: answer("bootstrap_0")?,
            updates: answer("updates_all")?,
            finality: answer("finality_update")?,
            checkpoint: header["data"]["root"].as_str().expect("a root").into(),
            more: vec!["--max-age", "1000000000"],
        })
    }

    fn run(&self, name: &str) -> (Vec<Input>, Run) {
        let file = |kind: &str, value: &Value| Input::new(&format!("{name}-{kind}.json"), value.to_string());
        let files = vec![
            file("network", &self.network),
            file("bootstrap", &self.bootstrap),
            file("updates", &self.updates),
            file("finality", &self.finality),
        ];
        let mut arguments = vec!["verify", "ethereum", "--json", "--checkpoint", &self.checkpoint];
        for (option, file) in ["--network", "--bootstrap", "--updates", "--finality"]
            .iter()
            .zip(&files)
        {
            arguments.extend([*option, file.path()]);
        }
        arguments.extend(&self.more);
        let run = viaduct(&arguments);
        (files, run)
    }
}

#[test]
fn follows_the_chain_to_its_finalized_header() {
    let Some(case) = Case::new() else { return };
    let facts = case.run("valid").1.facts();
    assert_eq!(
        facts[0],
        json!({"fact": "finalized", "slot": "200", "root": FINALIZED})
    );
    assert_eq!(facts[1]["fact"], "optimistic");
    assert_eq!(
        (&facts[2]["fact"], &facts[2]["number"]),
        (&json!("execution"), &json!("200"))
    );
    for root in ["hash", "state_root", "receipts_root"] {
        assert_eq!(facts[2][root].as_str().map(str::len), Some(66));
    }
}

#[test]
fn takes_whole_responses_and_their_data() {
    let Some(mut case) = Case::new() else { return };
    let whole = case.run("whole").1.facts();
    case.bootstrap = case.bootstrap["data"].clone();
    case.finality = case.finality["data"].clone();
    case.network = json!({"spec": case.network["spec"]["data"], "genesis": case.network["genesis"]["data"]});
    let updates = case.updates.as_array().expect("many");
    case.updates = updates.iter().map(|update| update["data"].clone()).collect();
    assert_eq!(case.run("data").1.facts(), whole);
}

#[test]
fn skips_updates_that_bring_nothing_new() {
    let Some(mut case) = Case::new() else { return };
    let first = case.updates[0].clone();
    case.updates.as_array_mut().expect("many").push(first);
    let run = case.run("skipped").1;
    assert_eq!(run.facts().len(), 3);
    assert!(
        run.stderr.starts_with("skipped: ") && run.stderr.contains("update 4"),
        "{}",
        run.stderr
    );
}

#[test]
fn rejects_what_was_altered() {
    let zero = format!("0x{}", "0".repeat(64));
    let signature =
        |case: &Case| case.updates[1]["data"]["sync_aggregate"]["sync_committee_signature"].clone();
    type Change<'a> = &'a dyn Fn(&mut Case);
    let cases: [(&str, &str, Change<'_>); 7] = [
        ("CheckpointRoot", "root", &|case| case.checkpoint = zero.clone()),
        ("Expired", "age", &|case| case.more = vec!["--max-age", "1"]),
        ("SignatureFromFuture", "now", &|case| {
            case.more.extend(["--now", "1"])
        }),
        ("WrongSignature", "signature", &|case| {
            case.updates[0]["data"]["sync_aggregate"]["sync_committee_signature"] = signature(case);
        }),
        ("FinalityBranch", "finality", &|case| {
            case.updates[0]["data"]["finality_branch"][3] = json!(zero)
        }),
        ("NextCommitteeBranch", "next", &|case| {
            case.updates[0]["data"]["next_sync_committee"]["pubkeys"][3] =
                case.updates[0]["data"]["next_sync_committee"]["pubkeys"][4].clone();
        }),
        ("ExecutionBranch", "execution", &|case| {
            case.finality["data"]["finalized_header"]["execution"]["state_root"] = json!(zero);
        }),
    ];
    for (variant, name, change) in cases {
        let Some(mut case) = Case::new() else { return };
        change(&mut case);
        case.run(name).1.is_rejected_as(variant);
    }
}

#[test]
fn names_the_file_and_the_field_of_malformed_input() {
    let Some(case) = Case::new() else { return };
    drop(case);
    type Change<'a> = &'a dyn Fn(&mut Case);
    let cases: [(usize, &str, Change<'_>); 5] = [
        (0, "spec.data.SLOTS_PER_EPOCH", &|case| {
            case.network["spec"]["data"]["SLOTS_PER_EPOCH"] = json!("0")
        }),
        (1, "data.header.beacon.slot", &|case| {
            case.bootstrap["data"]["header"]["beacon"]["slot"] = json!("07")
        }),
        (2, "[1].data.finality_branch[2]", &|case| {
            case.updates[1]["data"]["finality_branch"][2] = json!("0x00")
        }),
        (2, "[0].data.next_sync_committee.pubkeys", &|case| {
            case.updates[0]["data"]["next_sync_committee"]["pubkeys"] = json!([]);
        }),
        (3, "data.signature_slot", &|case| {
            case.finality["data"]["signature_slot"] = json!(7)
        }),
    ];
    for (file, field, change) in cases {
        let Some(mut case) = Case::new() else { return };
        change(&mut case);
        let (files, run) = case.run("malformed");
        run.is_error_at(&files[file].0, field);
    }
}

#[test]
fn an_unreadable_file_is_an_error() {
    let root = format!("0x{}", "1".repeat(64));
    let run = viaduct(&[
        "verify",
        "ethereum",
        "--network",
        "mainnet",
        "--checkpoint",
        &root,
        "--bootstrap",
        "/nowhere",
        "--updates",
        "/nowhere",
    ]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.starts_with("error: /nowhere: "), "{}", run.stderr);
}
