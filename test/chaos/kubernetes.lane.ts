import { faultsBetween } from './between.ts'

// A request without an answer is given up after 10 s, a watch that was cut without a word after 13 s.
faultsBetween('Kubernetes', { cutAfter: 2000, goesOnWithinMs: 12_000, afterSilenceMs: 18_000 })
