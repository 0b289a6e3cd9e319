"""Pure decisions about text: word lists and their matching, look-alike letters, links, floods.
Standard library only; no other part of Showfloor is needed to use it."""
