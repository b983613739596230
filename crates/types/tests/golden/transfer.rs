//! ICS-20.

use lightship_types::transfer::{
    FungibleTokenPacketData, SUCCESS_ACKNOWLEDGEMENT, denom_of_path, escrow_address, voucher_denom,
};

use crate::{GOLDEN, bytes, entries, text};

#[test]
fn escrow_addresses_are_those_of_ibc_go() {
    for entry in entries(&GOLDEN["ics20"]["escrow_addresses"]) {
        let port = text(&entry["port_id"]).parse().unwrap();
        let channel = text(&entry["channel_id"]).parse().unwrap();
        assert_eq!(escrow_address(&port, &channel), *bytes(&entry["bytes"]));
    }
}

#[test]
fn vouchers_are_called_as_in_ibc_go() {
    for entry in entries(&GOLDEN["ics20"]["denoms"]) {
        let Some(hop) = entry["trace"].get(0) else { continue };
        let path = text(&entry["path"]);
        assert_eq!(denom_of_path(path), text(&entry["denom"]));
        let (port, channel) = (text(&hop["port_id"]), text(&hop["channel_id"]));
        let denom = path.strip_prefix(&format!("{port}/{channel}/")).unwrap();
        let voucher = channel.parse().map(|channel| voucher_denom(&port.parse().unwrap(), &channel, denom));
        assert_eq!(voucher.unwrap(), text(&entry["denom"]));
    }
}

#[test]
fn packet_data_is_read_as_ibc_go_writes_it() {
    for entry in entries(&GOLDEN["ics20"]["packet_data"]) {
        let field = |name: &str| text(&entry[name]).to_owned();
        let expected = FungibleTokenPacketData {
            denom: field("denom"),
            amount: field("amount"),
            sender: field("sender"),
            receiver: field("receiver"),
            memo: field("memo"),
        };
        assert_eq!(FungibleTokenPacketData::parse(&bytes(&entry["bytes"])).unwrap(), expected);
    }
}

#[test]
fn the_success_acknowledgement_is_that_of_ibc_go() {
    assert_eq!(*SUCCESS_ACKNOWLEDGEMENT, *bytes(&GOLDEN["ics20"]["success_acknowledgement"]));
}
