use types::Order;

use super::*;
use crate::app::ibc::channel::testing::World;
use crate::app::probe::act_on_memo;

fn answer(world: &mut World, data: &[u8]) -> Result<Option<Acknowledged>> {
    let packet = world.incoming(1, data);
    Probe.on_recv_packet(&mut world.ctx, VERSION, &packet)
}

#[test]
fn packet_data_decides_the_answer() {
    let mut world = World::open(Order::Unordered);
    let plain = Acknowledged::result(&[1]);
    let text = |bytes: &[u8], success| Acknowledged { bytes: bytes.to_vec(), success };
    let cases: [(&str, Option<Acknowledged>); 9] = [
        ("anything", Some(plain.clone())),
        (r#"{"probe":"ack"}"#, Some(plain.clone())),
        (r#"{"probe":"ack","ack":"hex:00"}"#, Some(text(&[0], true))),
        (r#"{"probe":"ack","ack":""}"#, Some(text(&[], true))),
        (r#"{"probe":"error"}"#, Some(Acknowledged::error_code(4))),
        (r#"{"probe":"error","ack":"no"}"#, Some(text(b"no", false))),
        (r#"{"probe":"late"}"#, None),
        (r#"{"probe":"refuse","ack":"x"}"#, Some(text(&[], true))),
        (r#"{"probe":"unknown"}"#, Some(Acknowledged::error_code(1))),
    ];
    for (data, expected) in cases {
        assert_eq!(answer(&mut world, data.as_bytes()).unwrap(), expected, "{data}");
    }
    assert_eq!(world.probe("recv/channel-0").as_deref(), Some("7"));
    assert!(world.probe("late/channel-0/1").is_some());
}

#[test]
fn refusals_can_be_turned_off_and_on() {
    let mut world = World::open(Order::Unordered);
    let refuse = br#"{"probe":"refuse"}"#;
    act_on_memo(&mut world.ctx, r#"{"probe":{"refuse":false}}"#).unwrap();
    assert_eq!(world.probe("refusal").as_deref(), Some("off"));
    assert_eq!(answer(&mut world, refuse).unwrap(), Some(Acknowledged::result(&[1])));
    let packet = world.incoming(1, br#"{"probe":"ack","refuse_ack":true,"refuse_timeout":true}"#);
    Probe.on_acknowledgement_packet(&mut world.ctx, VERSION, &packet, b"a").unwrap();
    Probe.on_timeout_packet(&mut world.ctx, VERSION, &packet).unwrap();
    act_on_memo(&mut world.ctx, r#"{"probe":{"refuse":true}}"#).unwrap();
    assert_eq!(world.probe("refusal"), None);
    assert!(Probe.on_acknowledgement_packet(&mut world.ctx, VERSION, &packet, b"a").is_err());
    assert!(Probe.on_timeout_packet(&mut world.ctx, VERSION, &packet).is_err());
}

#[test]
fn gas_is_burnt_before_anything_else() {
    let mut world = World::open(Order::Unordered);
    let before = world.ctx.gas.used();
    answer(&mut world, br#"{"probe":"refuse","gas":123456}"#).unwrap();
    assert!(world.ctx.gas.used() - before >= 123_456);
}

#[test]
fn what_counts_in_delivery_alone_is_not_seen_by_a_simulation() {
    let mut world = World::open(Order::Unordered);
    let order = br#"{"probe":"refuse","gas":123456,"in_delivery":true}"#;
    world.ctx.mode = Mode::Simulate;
    let before = world.ctx.gas.used();
    assert_eq!(answer(&mut world, order).unwrap(), Some(Acknowledged::result(&[1])));
    assert!(world.ctx.gas.used() - before < 123_456);
    world.ctx.mode = Mode::Deliver;
    assert_eq!(answer(&mut world, order).unwrap(), Some(Acknowledged { bytes: Vec::new(), success: true }));
    assert!(world.ctx.gas.used() - before >= 123_456);
}
