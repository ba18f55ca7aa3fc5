//! Every rejection of receipts, one or a block's, and the events of an emitter.

use super::*;

fn log(emitter: u8) -> Log {
    Log {
        emitter: Address([emitter; 20]),
        topics: vec![Hash32([emitter; 32])],
        data: vec![emitter; 3],
    }
}

fn receipt(cumulative_gas_used: u64, logs: Vec<Log>) -> Receipt {
    Receipt {
        transaction_type: TransactionType::DynamicFee,
        outcome: Outcome::Succeeded,
        cumulative_gas_used,
        bloom: logs_bloom(&logs),
        logs,
    }
}

#[test]
fn reaches_every_rejection_of_a_receipt() {
    let of = |receipt: Receipt| Receipt::decode(&receipt.encode()).unwrap_err();
    let valid = receipt(21_000, vec![log(1), log(2)]);
    assert_eq!(Receipt::decode(&valid.encode()), Ok(valid.clone()));
    let mut topics = log(1);
    topics.topics = vec![Hash32::ZERO; 5];
    let mut outcome = Vec::new();
    encode_list(&mut outcome, |out| encode_string(out, &[2]));
    reach(vec![
        (Receipt::decode(&[]).unwrap_err(), ReceiptRejection::Empty),
        (
            Receipt::decode(&[0x7e, 0xc0]).unwrap_err(),
            ReceiptRejection::UnknownType { number: 0x7e },
        ),
        (
            Receipt::decode(&[0x00, 0xc0]).unwrap_err(),
            ReceiptRejection::UnknownType { number: 0 },
        ),
        (
            Receipt::decode(&[&valid.encode()[..], &[0]].concat()).unwrap_err(),
            ReceiptRejection::Encoding {
                field: "receipt",
                source: RlpRejection::TrailingBytes { count: 1 },
            },
        ),
        (
            Receipt::decode(&outcome).unwrap_err(),
            ReceiptRejection::InvalidOutcome { length: 1 },
        ),
        (
            of(Receipt {
                outcome: Outcome::StateRoot(SLOT),
                ..valid.clone()
            }),
            ReceiptRejection::StateRootInTyped { number: 2 },
        ),
        (
            of(receipt(1, vec![topics])),
            ReceiptRejection::TooManyTopics { log: 0, count: 5 },
        ),
        (
            of(Receipt {
                outcome: Outcome::Reverted,
                ..valid.clone()
            }),
            ReceiptRejection::LogsOfReverted { count: 2 },
        ),
        (
            of(Receipt {
                bloom: Bloom::EMPTY,
                ..valid
            }),
            ReceiptRejection::BloomMismatch,
        ),
    ]);
}

/// The header of a block with these receipts, `change`d before it is hashed.
fn header_of(receipts: &[Receipt], change: impl FnOnce(&mut ExecutionHeader)) -> VerifiedHeader {
    let leaves: Vec<_> = receipts.iter().map(Receipt::encode).collect();
    let mut header = fields();
    header.receipts_root = mpt::ordered_root(&leaves);
    receipts
        .iter()
        .for_each(|receipt| header.logs_bloom.unite(&receipt.bloom));
    header.gas_used = receipts.last().map_or(0, |receipt| receipt.cumulative_gas_used);
    change(&mut header);
    verified(header)
}

fn declared(receipts: &[Receipt]) -> Vec<DeclaredReceipt> {
    let place = DeclaredPlace::default();
    let declared = receipts.iter().map(|receipt| DeclaredReceipt {
        receipt: receipt.clone(),
        place,
        logs: vec![place; receipt.logs.len()],
    });
    declared.collect()
}

#[test]
fn reaches_every_rejection_of_receipts() {
    let receipts = [
        receipt(21_000, vec![log(1)]),
        receipt(50_000, vec![log(2), log(1)]),
    ];
    let header = header_of(&receipts, |_| {});
    let leaves: Vec<_> = receipts.iter().map(Receipt::encode).collect();
    let of = |header: &VerifiedHeader, receipts: &[Receipt]| {
        BlockReceipts::from_declared(header, &declared(receipts)).unwrap_err()
    };
    let idle = [receipts[0].clone(), receipts[0].clone()];
    let mut uncounted = declared(&receipts);
    uncounted[0].logs.clear();
    let mut misplaced = declared(&receipts);
    misplaced[1].logs[1].log_index = Some(1);
    let no_receipt = [vec![0x7e]];
    let no_receipt_header = header_of(&[], |header| {
        header.receipts_root = mpt::ordered_root(&no_receipt)
    });
    let index_0 = mpt::index_key(0);
    let mut root_node = Vec::new();
    encode_list(&mut root_node, |out| {
        encode_string(out, &[&[0x20], index_0.as_ref()].concat());
        encode_string(out, &no_receipt[0]);
    });
    let unknown = ReceiptsRejection::Receipt {
        index: 0,
        source: ReceiptRejection::UnknownType { number: 0x7e },
    };
    reach(vec![
        (
            ProvenReceipt::verify::<Vec<u8>>(&header.fields().receipts_root, 0, &[]).unwrap_err(),
            ReceiptsRejection::Proof {
                source: MptRejection::MissingNode { node: 0 },
            },
        ),
        (
            ProvenReceipt::verify::<Vec<u8>>(&EMPTY_ROOT, 0, &[]).unwrap_err(),
            ReceiptsRejection::NoSuchReceipt { index: 0 },
        ),
        (
            ProvenReceipt::verify(&no_receipt_header.fields().receipts_root, 0, &[root_node]).unwrap_err(),
            unknown,
        ),
        (
            BlockReceipts::from_raw(&no_receipt_header, &no_receipt).unwrap_err(),
            unknown,
        ),
        (
            BlockReceipts::from_raw(&header, &[[0_u8; 0]; MAX_RECEIPTS + 1]).unwrap_err(),
            ReceiptsRejection::TooManyReceipts {
                count: MAX_RECEIPTS + 1,
            },
        ),
        (
            of(&header, &receipts[..1]),
            ReceiptsRejection::RootMismatch {
                expected: header.fields().receipts_root,
                got: mpt::ordered_root(&leaves[..1]),
            },
        ),
        (
            of(
                &header_of(&receipts, |header| header.logs_bloom = Bloom::EMPTY),
                &receipts,
            ),
            ReceiptsRejection::BloomMismatch,
        ),
        (
            of(&header_of(&receipts, |header| header.gas_used = 1), &receipts),
            ReceiptsRejection::GasMismatch {
                expected: 1,
                got: 50_000,
            },
        ),
        (
            of(&header_of(&idle, |_| {}), &idle),
            ReceiptsRejection::GasNotIncreasing { index: 1 },
        ),
        (
            BlockReceipts::from_declared(&header, &uncounted).unwrap_err(),
            ReceiptsRejection::DeclaredMismatch {
                index: 0,
                field: "number of logs",
            },
        ),
        (
            BlockReceipts::from_declared(&header, &misplaced).unwrap_err(),
            ReceiptsRejection::DeclaredMismatch {
                index: 1,
                field: "log index",
            },
        ),
    ]);
}

#[test]
fn finds_all_events_of_an_emitter_or_proves_that_there_are_none() {
    let receipts = [
        receipt(21_000, vec![log(1)]),
        receipt(50_000, vec![log(2), log(1)]),
    ];
    let header = header_of(&receipts, |_| {});
    let block = BlockReceipts::from_declared(&header, &declared(&receipts)).unwrap();
    let other = header_of(&receipts, |header| header.number = 8);
    let emitter = Address([1; 20]);
    let Ok(Events::Proved(events)) = events_of(&header, &emitter, Some(&block)) else {
        panic!("the block holds events");
    };
    let places: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event.place.transaction_index,
                event.place.index_in_receipt,
                event.place.index_in_block,
            )
        })
        .collect();
    assert_eq!(places, [(0, 0, 0), (1, 1, 2)]);
    assert_eq!(
        events_of(&header, &Address([9; 20]), None),
        Ok(Events::ProvedEmptyByBloom)
    );
    reach(vec![
        (
            events_of(&header, &emitter, None).unwrap_err(),
            EventsRejection::ReceiptsNeeded {
                block_hash: *header.hash(),
            },
        ),
        (
            events_of(&other, &emitter, Some(&block)).unwrap_err(),
            EventsRejection::ReceiptsOfAnotherBlock {
                expected: *other.hash(),
                got: *header.hash(),
            },
        ),
    ]);
}
