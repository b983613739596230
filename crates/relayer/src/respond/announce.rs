//! What a person is told: a line of the log, a count, a message to the webhook.

use tracing::{error, info, warn};
use types::{ChainId, ClientId};

use super::Inner;
use super::webhook::{Kind, Told};
use crate::evidence::{Case, End};

impl Inner {
    pub(super) fn announce_attack(&self, case: &Case, name: &str) {
        let file = self.directory.file(name);
        self.metrics.attack(&case.chain, case.kind());
        error!(chain = %case.chain, kind = case.kind(), height = %case.height(), found = ?case.found, file = %file.display(), submits = self.submits, "AN ATTACK ON LIGHT CLIENTS IS PROVEN");
        self.alerts.tell(Told { status: "proven".to_owned(), ..self.told(Kind::Attack, case, name) });
    }

    pub(super) fn announce_end(&self, case: &Case, name: &str, host: &ChainId, client: &ClientId, end: &End) {
        let kind = match end {
            End::Frozen { here } => {
                info!(chain = %host, %client, tracks = %case.chain, evidence = name, here, "client is frozen, as it shall be");
                Kind::Frozen
            }
            End::CantBeFrozen { reason } => {
                warn!(chain = %host, %client, tracks = %case.chain, evidence = name, reason, "client can't be frozen by this evidence");
                Kind::CantBeFrozen
            }
        };
        self.metrics.attacked_client(host, kind.name());
        let told = self.told(kind, case, name);
        self.alerts.tell(Told {
            host: Some(host.clone()),
            client: Some(client.clone()),
            status: end.to_string(),
            ..told
        });
    }

    fn told(&self, kind: Kind, case: &Case, name: &str) -> Told {
        Told {
            kind,
            chain: case.chain.clone(),
            heights: vec![case.common().height(), case.height()],
            attack: case.kind(),
            host: None,
            client: None,
            evidence: Some(self.directory.file(name)),
            status: String::new(),
        }
    }
}
