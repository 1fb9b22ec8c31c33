//! The examples of RFC 5545 §3.8.5.3, with the dates that it gives.

use super::*;
use crate::domain::time::Timestamp;

const NOTHING: Beside<'_> = Beside {
    starts: None,
    at: &[],
    zone: None,
};

/// The first occurrences of a rule that starts then in New York, as local days; all of them at nine.
fn days(starts: &str, rule: &str, count: usize) -> Vec<String> {
    let text = format!("DTSTART;TZID=America/New_York:{starts}T090000 RRULE:{rule}");
    let calendar = read(&text, &NOTHING).unwrap_or_else(|mistakes| panic!("{rule}: {mistakes:?}"));
    let there = zone(calendar.zone.as_deref().expect("a zone")).expect("a zone");
    let mut from: Timestamp = "1996-01-01T00:00:00Z".parse().expect("a timestamp");
    (0..count)
        .map_while(|_| {
            from = calendar.on.next_after(from, &there)?;
            let local = from.to_zoned(there.clone());
            assert_eq!((local.hour(), local.minute()), (9, 0), "{rule}");
            Some(local.date().to_string())
        })
        .collect()
}

/// `1997-09: 2 3 4; 1997-10: 1` as days.
fn written(months: &str) -> Vec<String> {
    months
        .split("; ")
        .flat_map(|month| {
            let (month, days) = month.split_once(": ").expect("a month and its days");
            days.split(' ')
                .flat_map(move |day| match day.split_once('-') {
                    Some((from, to)) => (from.parse().unwrap()..=to.parse::<u8>().unwrap()).collect(),
                    None => vec![day.parse::<u8>().expect("a day")],
                })
                .map(move |day| format!("{month}-{day:02}"))
        })
        .collect()
}

#[test]
fn examples_that_end_give_exactly_their_dates() {
    for (starts, rule, expected) in [
        ("19970902", "FREQ=DAILY;COUNT=10", "1997-09: 2-11"),
        (
            "19970902",
            "FREQ=DAILY;UNTIL=19971224T000000Z",
            "1997-09: 2-30; 1997-10: 1-31; 1997-11: 1-30; 1997-12: 1-23",
        ),
        (
            "19970902",
            "FREQ=DAILY;INTERVAL=10;COUNT=5",
            "1997-09: 2 12 22; 1997-10: 2 12",
        ),
        (
            "19980101",
            "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
            "1998-01: 1-31; 1999-01: 1-31; 2000-01: 1-31",
        ),
        (
            "19980101",
            "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
            "1998-01: 1-31; 1999-01: 1-31; 2000-01: 1-31",
        ),
        (
            "19970902",
            "FREQ=WEEKLY;COUNT=10",
            "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4",
        ),
        (
            "19970902",
            "FREQ=WEEKLY;UNTIL=19971224T000000Z",
            "1997-09: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4 11 18 25; 1997-12: 2 9 16 23",
        ),
        (
            "19970902",
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            "1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2",
        ),
        (
            "19970902",
            "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
            "1997-09: 2 4 9 11 16 18 23 25 30; 1997-10: 2",
        ),
        (
            "19970905",
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
            "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5; 1998-01: 2; 1998-02: 6; 1998-03: 6; 1998-04: 3; \
             1998-05: 1; 1998-06: 5",
        ),
        (
            "19970905",
            "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
            "1997-09: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5",
        ),
        (
            "19970907",
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            "1997-09: 7 28; 1997-11: 2 30; 1998-01: 4 25; 1998-03: 1 29; 1998-05: 3 31",
        ),
        (
            "19970922",
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            "1997-09: 22; 1997-10: 20; 1997-11: 17; 1997-12: 22; 1998-01: 19; 1998-02: 16",
        ),
        (
            "19970902",
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
            "1997-09: 2 15; 1997-10: 2 15; 1997-11: 2 15; 1997-12: 2 15; 1998-01: 2 15",
        ),
        (
            "19970930",
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
            "1997-09: 30; 1997-10: 1 31; 1997-11: 1 30; 1997-12: 1 31; 1998-01: 1 31; 1998-02: 1",
        ),
        (
            "19970910",
            "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
            "1997-09: 10-15; 1999-03: 10-13",
        ),
        (
            "19970610",
            "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
            "1997-06: 10; 1997-07: 10; 1998-06: 10; 1998-07: 10; 1999-06: 10; 1999-07: 10; 2000-06: 10; 2000-07: 10; \
             2001-06: 10; 2001-07: 10",
        ),
        (
            "19970310",
            "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
            "1997-03: 10; 1999-01: 10; 1999-02: 10; 1999-03: 10; 2001-01: 10; 2001-02: 10; 2001-03: 10; 2003-01: 10; \
             2003-02: 10; 2003-03: 10",
        ),
        (
            "19970805",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "1997-08: 5 10 19 24",
        ),
        (
            "20070115",
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            "2007-01: 15 30; 2007-02: 15; 2007-03: 15 30",
        ),
    ] {
        assert_eq!(days(starts, rule, 200), written(expected), "{rule}");
    }
}

#[test]
fn examples_without_an_end_begin_with_their_dates() {
    for (starts, rule, expected) in [
        (
            "19970902",
            "FREQ=DAILY;INTERVAL=2",
            "1997-09: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; 1997-10: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; \
             1997-11: 1 3",
        ),
        (
            "19970928",
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            "1997-09: 28; 1997-10: 29; 1997-11: 28; 1997-12: 29; 1998-01: 29; 1998-02: 26",
        ),
        (
            "19970902",
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
            "1997-09: 2 9 16 23 30; 1997-11: 4 11 18 25; 1998-01: 6 13 20 27; 1998-03: 3 10 17 24 31",
        ),
        (
            "19970313",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            "1997-03: 13 20 27; 1998-03: 5 12 19 26; 1999-03: 4 11 18 25",
        ),
        (
            "19970605",
            "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
            "1997-06: 5 12 19 26; 1997-07: 3 10 17 24 31; 1997-08: 7 14 21 28; 1998-06: 4 11 18 25; \
             1998-07: 2 9 16 23 30; 1998-08: 6 13 20 27",
        ),
        (
            "19970902",
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "1998-02: 13; 1998-03: 13; 1998-11: 13; 1999-08: 13; 2000-10: 13",
        ),
        (
            "19970913",
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            "1997-09: 13; 1997-10: 11; 1997-11: 8; 1997-12: 13; 1998-01: 10; 1998-02: 7; 1998-03: 7; 1998-04: 11; \
             1998-05: 9; 1998-06: 13",
        ),
        (
            "19961105",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996-11: 5; 2000-11: 7; 2004-11: 2",
        ),
    ] {
        let expected = written(expected);
        assert_eq!(days(starts, rule, expected.len()), expected, "{rule}");
    }
}

#[test]
fn every_twenty_minutes_of_a_working_day() {
    let rule = "DTSTART;TZID=America/New_York:19970902T090000 \
                RRULE:FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40";
    let calendar = read(rule, &NOTHING).expect("it is understood");
    let times: Vec<String> = calendar.on.times.iter().map(|time| String::from(*time)).collect();
    assert_eq!(times.len(), 24);
    assert_eq!((&*times[0], &*times[1], &*times[23]), ("09:00", "09:20", "16:40"));
}

#[test]
fn what_is_not_supported_is_named_one_by_one_with_its_place() {
    let at = [LocalTime::parse("09:00").expect("a time")];
    let starts = Some(jiff::civil::date(1997, 9, 2));
    for (rule, offset, words) in [
        ("FREQ=HOURLY;INTERVAL=3", 0, "`FREQ=HOURLY` is not supported"),
        (
            "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
            0,
            "`FREQ=MINUTELY` is not supported",
        ),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
            32,
            "`BYYEARDAY` is not supported",
        ),
        ("FREQ=YEARLY;BYDAY=20MO", 0, "counts in the whole year"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", 12, "`BYWEEKNO` is not supported"),
        (
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            36,
            "`BYSETPOS` is not supported",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            23,
            "another `WKST` is not supported with `INTERVAL`",
        ),
        ("FREQ=DAILY;BYSECOND=0", 11, "`BYSECOND` is not supported"),
        (
            "FREQ=WEEKLY;BYDAY=1TU",
            0,
            "`BYDAY` with a number goes with `FREQ=MONTHLY`",
        ),
        (
            "FREQ=WEEKLY;BYMONTHDAY=1",
            0,
            "`BYMONTHDAY` does not go with `FREQ=WEEKLY`",
        ),
        ("FREQ=WEKLY", 0, "did you mean `WEEKLY`?"),
        ("FREQ=DAILY;BYDAI=MO", 11, "did you mean `BYDAY`?"),
        (
            "FREQ=DAILY;COUNT=3;UNTIL=19971224",
            19,
            "`UNTIL` does not go with `COUNT`",
        ),
        (
            "FREQ=DAILY;UNTIL=19971224T000000Z",
            11,
            "`UNTIL` in UTC goes with a `time zone`",
        ),
        ("FREQ=DAILY;BYHOUR=9", 0, "`at` does not go with it"),
        ("RRULE:FREQ=DAILY EXDATE:19970902", 17, "`EXDATE` is not supported"),
        ("FREQ=DAILY;INTERVAL=0", 11, "expected a whole number from 1"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", 13, "days count from 1"),
    ] {
        let beside = Beside {
            starts,
            at: &at,
            zone: None,
        };
        let mistakes = read(rule, &beside).expect_err(rule);
        assert_eq!(mistakes.len(), 1, "{rule}: {mistakes:?}");
        assert_eq!(mistakes[0].offset, offset, "{rule}: {}", mistakes[0].message);
        assert!(mistakes[0].message.contains(words), "{rule}: {}", mistakes[0].message);
    }
}

#[test]
fn what_counts_from_the_first_day_needs_it() {
    let at = [LocalTime::parse("09:00").expect("a time")];
    let beside = Beside {
        starts: None,
        at: &at,
        zone: None,
    };
    for rule in [
        "FREQ=WEEKLY",
        "FREQ=DAILY;INTERVAL=2",
        "FREQ=DAILY;COUNT=3",
        "FREQ=YEARLY;BYMONTH=6",
    ] {
        let mistakes = read(rule, &beside).expect_err(rule);
        assert!(
            mistakes[0].message.contains("expected `starts: "),
            "{rule}: {}",
            mistakes[0].message
        );
    }
    for rule in [
        "FREQ=WEEKLY;BYDAY=TU",
        "FREQ=MONTHLY;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=4FR",
    ] {
        read(rule, &beside).expect(rule);
    }
}

#[test]
fn an_end_between_two_times_of_a_day_is_refused() {
    let at: Vec<LocalTime> = ["09:00", "18:00"]
        .map(|time| LocalTime::parse(time).expect("a time"))
        .into();
    let beside = Beside {
        starts: None,
        at: &at,
        zone: Some("Europe/Berlin"),
    };
    let last = |until: &str| read(&format!("FREQ=DAILY;UNTIL={until}"), &beside).map(|calendar| calendar.on.until);
    assert_eq!(last("20261224"), Ok(Some(jiff::civil::date(2026, 12, 24))));
    assert_eq!(last("20261224T170000Z"), Ok(Some(jiff::civil::date(2026, 12, 24))));
    assert_eq!(last("20261224T070000Z"), Ok(Some(jiff::civil::date(2026, 12, 23))));
    assert!(last("20261224T120000").is_err());
}
