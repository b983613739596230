//! Keys: texts closed by a zero byte, numbers big-endian, so that byte order is the order of names and numbers.

use types::BlockHeight;

use engine::PacketKey;

/// Closes a text within a key. No identifier holds it: ICS-24 has no control characters, nor has a chain id.
const END: u8 = 0;

/// Builds a key part by part.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyBuilder(Vec<u8>);

impl KeyBuilder {
    /// Adds a text that holds no zero byte, see [`is_key_text`].
    pub(crate) fn text(mut self, text: &str) -> Self {
        debug_assert!(is_key_text(text));
        self.0.extend(text.as_bytes());
        self.0.push(END);
        self
    }

    /// Adds a number.
    pub(crate) fn number(mut self, number: u64) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    /// The key.
    pub(crate) fn build(self) -> Vec<u8> {
        self.0
    }
}

/// Can this text be a part of a key? Every identifier can; a name that somebody made up must be asked.
pub(crate) fn is_key_text(text: &str) -> bool {
    !text.as_bytes().contains(&END)
}

/// Reads a key part by part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyReader<'a>(pub(crate) &'a [u8]);

impl<'a> KeyReader<'a> {
    /// The next text, if there is one.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let end = self.0.iter().position(|byte| *byte == END)?;
        let text = core::str::from_utf8(self.0.get(..end)?).ok()?;
        self.0 = self.0.get(end + 1..)?;
        Some(text)
    }

    /// The next number, if there is one.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*number))
    }

    /// Was everything read?
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// The key of a packet, and of its bytes and acknowledgement in their trees.
pub(crate) fn packet(key: &PacketKey) -> Vec<u8> {
    KeyBuilder::default()
        .text(key.source.chain.as_str())
        .text(key.source.port.as_str())
        .text(key.source.channel.as_str())
        .number(key.sequence.0)
        .build()
}

/// The packet that a key names.
pub(crate) fn parse_packet(key: &[u8]) -> Option<PacketKey> {
    let mut reader = KeyReader(key);
    let source = engine::ChannelKey {
        chain: reader.text()?.parse().ok()?,
        port: reader.text()?.parse().ok()?,
        channel: reader.text()?.parse().ok()?,
    };
    let sequence = types::Sequence(reader.number()?);
    reader.is_empty().then_some(PacketKey { source, sequence })
}

/// What all light blocks of a chain begin with.
pub(crate) fn light_block_prefix(chain: &types::ChainId) -> Vec<u8> {
    KeyBuilder::default().text(chain.as_str()).build()
}

/// The key of a chain's light block.
pub(crate) fn light_block(chain: &types::ChainId, height: BlockHeight) -> Vec<u8> {
    KeyBuilder::default().text(chain.as_str()).number(height.0).build()
}

/// The height at the end of a light block's key.
pub(crate) fn parse_light_block(key: &[u8]) -> Option<BlockHeight> {
    let mut reader = KeyReader(key);
    reader.text()?;
    let height = reader.number()?;
    reader.is_empty().then_some(BlockHeight(height))
}

/// A key of so many texts, and a number behind them or not, as a person would write it; hex if it is no such key.
pub(crate) fn describe(key: &[u8], texts: usize, has_number: bool) -> String {
    let mut reader = KeyReader(key);
    let mut parts: Vec<String> = (0..texts).map_while(|_| reader.text().map(str::to_owned)).collect();
    if has_number {
        parts.extend(reader.number().map(|number| number.to_string()));
    }
    let is_whole = reader.is_empty() && parts.len() == texts + usize::from(has_number);
    if is_whole { parts.join("/") } else { hex::encode(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(channel: &str, sequence: u64) -> PacketKey {
        PacketKey {
            source: engine::ChannelKey {
                chain: "chain-a".parse().unwrap(),
                port: "transfer".parse().unwrap(),
                channel: channel.parse().unwrap(),
            },
            sequence: types::Sequence(sequence),
        }
    }

    #[test]
    fn a_packet_key_reads_back_as_it_was_written() {
        for sequence in [0, 1, 255, 256, u64::MAX] {
            assert_eq!(parse_packet(&packet(&key("channel-0", sequence))), Some(key("channel-0", sequence)));
        }
    }

    #[test]
    fn byte_order_is_number_order_within_one_channel() {
        assert!(packet(&key("channel-1", 9)) < packet(&key("channel-1", 10)));
        assert!(packet(&key("channel-1", 255)) < packet(&key("channel-1", 256)));
        assert!(packet(&key("channel-1", u64::MAX)) < packet(&key("channel-10", 0)));
    }

    #[test]
    fn a_cut_or_lengthened_key_is_no_packet_key() {
        let whole = packet(&key("channel-0", 7));
        for length in 0..whole.len() {
            assert_eq!(parse_packet(&whole[..length]), None);
        }
        assert_eq!(parse_packet(&[whole.as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn a_key_is_described_in_words() {
        let whole = packet(&key("channel-0", 7));
        assert_eq!(describe(&whole, 3, true), "chain-a/transfer/channel-0/7");
        assert_eq!(describe(&whole, 3, false), hex::encode(&whole));
        assert_eq!(describe(b"no end", 1, false), "6e6f20656e64");
    }
}
