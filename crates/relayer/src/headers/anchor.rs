//! Where trust begins: the anchor, and the block that it is the state of.

use std::sync::Arc;

use chain::Endpoint;
use light_client::{Invalid, LightBlock, TrustedState};
use tendermint::Hash;
use tracing::{info, warn};
use types::BlockHeight;

use super::{HeaderError, Headers, Verified, is_same};

impl Headers {
    /// The block of a trusted state itself: signed by its validators, with the state's contents.
    pub(super) async fn anchored_block(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        trusted: &TrustedState,
        height: BlockHeight,
    ) -> Result<Arc<LightBlock>, HeaderError> {
        let block = self.fetch_whole(verified, endpoint, height).await?;
        let (state, _) = TrustedState::anchor(&block, block.header_hash())
            .map_err(|reason| self.invalid(height, &reason.to_string()))?;
        if !is_same(&state, trusted) {
            return Err(HeaderError::Anchor { chain: self.chain.clone(), height });
        }
        Ok(verified.keep(block))
    }

    pub(super) async fn anchor(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        height: BlockHeight,
        fallback: Option<&TrustedState>,
    ) -> Result<TrustedState, HeaderError> {
        let reaches = |anchor: &TrustedState| anchor.height.revision_height <= height.0;
        if let Some(anchor) = verified.anchor.as_ref().filter(|anchor| reaches(anchor)) {
            return Ok(anchor.clone());
        }
        let anchor = if let Some(anchor) = self.configured(verified, endpoint, height).await? {
            anchor
        } else if let Some(anchor) = self.stored(height)? {
            anchor
        } else if let Some(anchor) = fallback.filter(|anchor| reaches(anchor)) {
            info!(chain = %self.chain, height = %anchor.height, "trusting what our client holds");
            anchor.clone()
        } else {
            self.first_use(verified, endpoint, height).await?
        };
        verified.anchor = Some(anchor.clone());
        Ok(anchor)
    }

    pub(super) async fn configured(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        height: BlockHeight,
    ) -> Result<Option<TrustedState>, HeaderError> {
        let Some(trust) = self.trust.filter(|trust| trust.height <= height) else { return Ok(None) };
        let block = self.fetch_whole(verified, endpoint, trust.height).await?;
        match TrustedState::anchor(&block, Hash::Sha256(trust.hash)) {
            Ok((state, _)) => Ok(Some(state)),
            Err(Invalid::AnchorHash { .. }) => {
                Err(HeaderError::Anchor { chain: self.chain.clone(), height: trust.height })
            }
            Err(reason) => Err(self.invalid(trust.height, &reason.to_string())),
        }
    }

    /// The newest stored state that is not above `height` and not past its trusting period.
    pub(super) fn stored(&self, height: BlockHeight) -> Result<Option<TrustedState>, HeaderError> {
        let Some((stored_height, bytes)) = self.store.newest_light_block(&self.chain)? else { return Ok(None) };
        let Ok(state) = serde_json::from_slice::<TrustedState>(&bytes) else {
            warn!(chain = %self.chain, height = %stored_height, "stored light block can't be read; it is left aside");
            return Ok(None);
        };
        let expires_ns = u128::from(state.time.0) + self.options.trusting_period.as_nanos();
        let is_expired = expires_ns <= u128::from(self.clock.timestamp().0);
        Ok((stored_height <= height && !is_expired).then_some(state))
    }

    pub(super) async fn first_use(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        height: BlockHeight,
    ) -> Result<TrustedState, HeaderError> {
        let block = self.fetch_whole(verified, endpoint, height).await?;
        let hash = block.header_hash();
        info!(chain = %self.chain, %height, %hash, "trusting the first header seen; `trust` in the configuration would vouch for it");
        let (state, _) =
            TrustedState::anchor(&block, hash).map_err(|reason| self.invalid(height, &reason.to_string()))?;
        Ok(state)
    }
}
