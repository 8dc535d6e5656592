//! The order in which Scala 2.13's hash maps give out their entries, where REST v1 shows it.
//!
//! Lists in Spark's answers that are made from a map or a set stand in its order. It follows from the keys and
//! the size alone, so it can be had without the map.

/// Puts items into the order of Scala's immutable map with these keys, by their hashes. Four entries or fewer keep
/// their order; more are in a tree of 32-fold nodes.
pub fn as_immutable_map<T>(items: Vec<T>, hash: impl Fn(&T) -> i32) -> Vec<T> {
    if items.len() <= 4 {
        return items;
    }
    let hashed: Vec<(u32, usize)> = items.iter().map(|item| spread(hash(item))).zip(0..).collect();
    let mut places = Vec::with_capacity(items.len());
    node(&hashed, 0, &mut places);
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    places
        .into_iter()
        .filter_map(|place| items[place].take())
        .collect()
}

/// `scala.collection.Hashing.improve`.
fn spread(hash: i32) -> u32 {
    let mut h = hash.cast_unsigned();
    h = h.wrapping_add(!(h << 9));
    h ^= h >> 14;
    h = h.wrapping_add(h << 4);
    h ^ (h >> 10)
}

/// A node gives out the entries that it holds itself, then what is below it.
fn node(entries: &[(u32, usize)], shift: u32, ordered: &mut Vec<usize>) {
    if shift > 31 {
        ordered.extend(entries.iter().map(|(_, item)| *item));
        return;
    }
    let mut places: [Vec<(u32, usize)>; 32] = std::array::from_fn(|_| Vec::new());
    for entry in entries {
        places[((entry.0 >> shift) & 31) as usize].push(*entry);
    }
    for place in places.iter().filter(|place| place.len() == 1) {
        ordered.push(place[0].1);
    }
    for place in places.iter().filter(|place| place.len() > 1) {
        node(place, shift + 5, ordered);
    }
}

/// Sorts as Scala's `mutable.HashMap` would give them out, which once held `most` entries: by place in its
/// table, within a place by hash.
pub(super) fn as_mutable_map<T>(items: &mut [T], most: usize, hash: impl Fn(&T) -> i32) {
    let mut table = 16_usize;
    // It grows when an entry comes that would fill it to three quarters, and never shrinks.
    while most.max(items.len()) * 4 >= table * 3 {
        table *= 2;
    }
    items.sort_by_key(|item| {
        let h = hash(item).cast_unsigned();
        let h = h ^ (h >> 16);
        ((h as usize) & (table - 1), h.cast_signed())
    });
}

/// The hash of a `Long` as Scala's maps take it: that of the `Int` it may be, else Java's.
pub fn hash_of_long(value: i64) -> i32 {
    match i32::try_from(value) {
        Ok(small) => small,
        Err(_) => {
            let bits = value.cast_unsigned();
            let folded = bits ^ (bits >> 32);
            let [a, b, c, d, ..] = folded.to_le_bytes();
            i32::from_le_bytes([a, b, c, d])
        }
    }
}

/// Java's hash of a string.
pub fn hash_of_text(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}

/// The hash of a pair of things with these hashes, as Scala's `Tuple2` has it.
pub(super) fn hash_of_pair(first: i32, second: i32) -> i32 {
    let mut h = mix(0xcafe_babe, hash_of_text("Tuple2"));
    h = mix(h, first);
    finish(mix(h, second), 2)
}

/// The hash of a `List` of things with these hashes. One whose hashes are evenly spaced, as those of any two are, has
/// the hash of the range that it might be (`MurmurHash3.listHash`).
pub(super) fn hash_of_list(elements: &[i32]) -> i32 {
    let seed = hash_of_text("Seq").cast_unsigned();
    if let [first, second, ..] = *elements {
        let step = second.wrapping_sub(first);
        let is_even = elements
            .windows(2)
            .all(|pair| pair[1].wrapping_sub(pair[0]) == step);
        if is_even && let Some(last) = elements.last() {
            return finish(mix(mix(mix(seed, first), step), *last), 0);
        }
    }
    let h = elements.iter().fold(seed, |h, element| mix(h, *element));
    finish(h, u32::try_from(elements.len()).unwrap_or(u32::MAX))
}

/// The hash of a `Double`: that of the `Int` or `Long` it may be, else Java's.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "whether the number survives is what is asked"
)]
pub(super) fn hash_of_double(value: f64) -> i32 {
    let whole = value as i64;
    if whole as f64 == value {
        return hash_of_long(whole);
    }
    let bits = value.to_bits();
    let folded = bits ^ (bits >> 32);
    let [a, b, c, d, ..] = folded.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// A step of MurmurHash3.
fn mix(h: u32, data: i32) -> u32 {
    let k = data.cast_unsigned().wrapping_mul(0xcc9e_2d51).rotate_left(15);
    (h ^ k.wrapping_mul(0x1b87_3593))
        .rotate_left(13)
        .wrapping_mul(5)
        .wrapping_add(0xe654_6b64)
}

fn finish(h: u32, length: u32) -> i32 {
    let mut h = h ^ length;
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    (h ^ (h >> 16)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_maps_keep_their_order() {
        assert_eq!(as_immutable_map(vec![9, 1, 5, 3], |key| *key), [9, 1, 5, 3]);
    }

    #[test]
    fn larger_maps_stand_in_the_order_that_spark_has_shown() {
        let shown = |keys: [i32; 6]| as_immutable_map(keys.to_vec(), |key| *key);
        assert_eq!(shown([5, 4, 3, 2, 1, 0]), [0, 5, 1, 2, 3, 4]);
        assert_eq!(shown([79, 78, 77, 76, 75, 74]), [78, 74, 77, 76, 75, 79]);
    }

    #[test]
    fn requests_of_a_profile_stand_in_the_order_that_spark_has_shown() {
        let mut requests = vec![("cores", 1), ("memory", 1024), ("offHeap", 0)];
        as_mutable_map(&mut requests, 3, |(name, amount)| {
            let name = hash_of_text(name);
            hash_of_pair(name, hash_of_list(&[name, *amount, 0, 0]))
        });
        let names: Vec<&str> = requests.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["memory", "offHeap", "cores"]);
        let mut requests = vec![("gpu", 1), ("cpus", 2)];
        as_mutable_map(&mut requests, 2, |(name, amount)| {
            let name = hash_of_text(name);
            hash_of_pair(name, hash_of_list(&[name, *amount]))
        });
        let names: Vec<&str> = requests.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["cpus", "gpu"]);
    }

    #[test]
    fn java_hashes() {
        assert_eq!(hash_of_text("driver"), -1_323_526_104);
        assert_eq!(hash_of_text(""), 0);
        assert_eq!(hash_of_long(7), 7);
        assert_eq!(hash_of_long(1 << 32), 1);
    }
}
