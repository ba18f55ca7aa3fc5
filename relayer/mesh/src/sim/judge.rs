//! What a run must not come to.

use wire::{certificate::Certified, eip712::Domain, signature::Signature, types::Address};

use super::{
    Violation,
    plan::{Fault, Plan},
    truth::{CHAINS, NETWORK, truth},
    world::World,
};
use crate::proto::message::Said;

impl World {
    fn is_honest(&self, node: usize) -> bool {
        self.nodes[node].fault.is_none()
    }

    pub(super) fn certified(
        &mut self,
        node: usize,
        said: Said,
        signatures: Vec<Signature>,
    ) -> Result<(), Violation> {
        let Said::Attestation(statement) = said else {
            return Ok(());
        };
        let (chain, height) = (statement.chain, statement.height);
        let certified = Certified {
            statement,
            signatures,
        };
        let verified = certified.verify(&Domain::new(NETWORK), &self.set);
        if verified.is_err() || statement != truth(chain, height) {
            return Err(Violation::FalseCertificate { node, chain, height });
        }
        if self.is_honest(node) {
            self.report.certificates += 1;
        }
        self.nodes[node].certified.insert((chain, height), statement);
        Ok(())
    }

    pub(super) fn convicted(&mut self, node: usize, offender: Address) -> Result<(), Violation> {
        let guilty = self
            .nodes
            .iter()
            .filter(|node| node.fault == Some(Fault::Equivocate));
        if !guilty
            .map(|node| node.key.address)
            .any(|address| address == offender)
        {
            return Err(Violation::Innocent { node, offender });
        }
        if self.is_honest(node) {
            self.report.convictions += 1;
        }
        self.nodes[node].convicted.insert(offender);
        Ok(())
    }

    pub(super) fn check_bounds(&self, node: usize) -> Result<(), Violation> {
        match self.nodes[node].mesh.footprint().beyond(self.plan.nodes) {
            Some((what, got, limit)) => Err(Violation::Bound {
                node,
                what,
                got,
                limit,
            }),
            None => Ok(()),
        }
    }

    pub(super) fn judge(&mut self) -> Result<(), Violation> {
        for node in (0..self.plan.nodes).filter(|node| self.is_honest(*node)) {
            for (chain, _) in CHAINS {
                for height in 1..=Plan::HEIGHTS {
                    if !self.nodes[node].certified.contains_key(&(chain, height)) {
                        return Err(Violation::Missing { node, chain, height });
                    }
                }
            }
        }
        let rejected = self.nodes.iter().filter(|node| node.fault.is_none());
        self.report.rejected = rejected
            .flat_map(|node| node.mesh.counters().rejected.values())
            .sum();
        self.judge_equivocators()
    }

    fn judge_equivocators(&self) -> Result<(), Violation> {
        if !self.plan.is_calm() {
            return Ok(());
        }
        for offender in self
            .nodes
            .iter()
            .filter(|node| node.fault == Some(Fault::Equivocate))
        {
            let offender = offender.key.address;
            let mut honest = self.nodes.iter().filter(|node| node.fault.is_none());
            if !honest.all(|node| node.convicted.contains(&offender)) {
                return Err(Violation::Free { offender });
            }
        }
        Ok(())
    }
}
