use super::*;
use crate::app::event::Event;

fn events(pairs: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    let mut events = BTreeMap::<String, Vec<String>>::new();
    for (key, value) in pairs {
        events.entry((*key).to_owned()).or_default().push((*value).to_owned());
    }
    events
}

#[test]
fn a_query_matches_as_in_comet() {
    let told = events(&[
        ("tm.event", "Tx"),
        ("tx.height", "7"),
        ("transfer.amount", "15stake"),
        ("transfer.amount", "3ibc"),
        ("rewards.withdraw.source", "a b"),
        ("block.time", "2023-05-17T14:12:48Z"),
        ("block.day", "2023-05-17"),
    ]);
    let cases = [
        ("tm.event='Tx'", true),
        ("tm.event = 'Tx' AND tx.height=7", true),
        ("tx.height = 7.0", true),
        ("tx.height>5 AND tx.height<=7", true),
        ("tx.height>7", false),
        ("tx.height>=10", false),
        ("transfer.amount=15", true),
        ("transfer.amount<4", true),
        ("transfer.amount>100", false),
        ("transfer.amount CONTAINS 'ibc'", true),
        ("transfer.amount CONTAINS 'atom'", false),
        ("transfer.amount EXISTS", true),
        ("transfer EXISTS", true),
        ("trans EXISTS", false),
        ("nothing.here EXISTS", false),
        ("rewards.withdraw.source='a b'", true),
        ("block.time > TIME 2023-05-17T14:00:00Z", true),
        ("block.time = TIME 2023-05-17T16:12:48+02:00", true),
        ("block.day < DATE 2023-05-18", true),
        ("block.day > DATE 2023-05-18", false),
        ("tm.event='Tx' AND tx.height=8", false),
    ];
    for (query, expected) in cases {
        assert_eq!(Query::parse(query).unwrap().matches(&told), expected, "{query}");
    }
    assert!(!Query::parse("a.b EXISTS").unwrap().matches(&BTreeMap::new()));
}

#[test]
fn what_is_no_query_is_refused_in_comets_words() {
    let wanted =
        "wanted <= operator, >= operator, < operator, > operator, = operator, CONTAINS operator or EXISTS operator";
    let cases = [
        ("", "offset 0: EOF".to_owned()),
        ("malformed query", format!("offset 10: got tag, {wanted}")),
        ("a.b", "offset 3: EOF".to_owned()),
        ("a.b =", "offset 5: EOF".to_owned()),
        ("a.b = c", "offset 6: got tag, wanted number, timestamp, datestamp or string".to_owned()),
        ("a.b > 'x'", "offset 6: got string, wanted number, timestamp or datestamp".to_owned()),
        ("a.b CONTAINS 5", "offset 13: got number, wanted string".to_owned()),
        ("a.b = 5 OR c.d = 6", "offset 8: got tag, want AND operator".to_owned()),
        ("a.b = 'x", "offset 6: EOF".to_owned()),
        ("a.b = 5 AND", "offset 11: EOF".to_owned()),
        ("'a' = 5", "offset 0: got string, wanted tag".to_owned()),
        ("a.b ! 5", "offset 4: invalid input ! at offset 5".to_owned()),
        ("a.b > DATE 0900-01-01", "offset 6: datestamp year 900 out of range".to_owned()),
    ];
    for (query, expected) in cases {
        assert_eq!(Query::parse(query).unwrap_err(), expected, "{query}");
    }
}

#[test]
fn numbers_of_any_length_are_compared() {
    let long = "123456789012345678901234567890";
    let told = events(&[("a.b", long), ("a.c", "0.50")]);
    for query in [format!("a.b={long}"), format!("a.b<{long}1"), "a.c=0.5".to_owned(), "a.c<1".to_owned()] {
        assert!(Query::parse(&query).unwrap().matches(&told), "{query}");
    }
}

#[test]
fn the_index_finds_what_one_event_meets() {
    let list = [
        Event::new("a").with("x", "1").with("y", "2"),
        Event::new("a").with("x", "3"),
        Event::new("b").with("z", "7stake"),
    ];
    let cases = [
        ("a.x=1 AND a.y=2", true),
        ("a.x=3 AND a.y=2", false),
        ("a.x=1 AND b.z EXISTS", false),
        ("a.x>2", true),
        // Numbers must be numbers from end to end in ranges, and texts are compared as texts.
        ("b.z>1", false),
        ("b.z=7", false),
        ("b.z='7stake'", true),
        ("h=5", true),
        ("h=6", false),
        ("h=5 AND h=6", true),
        ("h=6 AND h>4", true),
        ("h>4 AND h<5", false),
        ("a.x=1 AND h=5", true),
        ("a.x=1 AND h>5", false),
    ];
    for (text, expected) in cases {
        let query = Query::parse(text).unwrap();
        assert_eq!(Index::new(&query, "h").finds(5, list.iter()), expected, "{text}");
    }
}
