import { faultsBetween } from './between.ts'

// A connection that was lost without a word is noticed when what is asked on it has taken longer than the server allows: 11 s.
faultsBetween('PostgreSQL', { cutAfter: 6000, goesOnWithinMs: 12_000, afterSilenceMs: 15_000 })
