import { faultsBetween } from './between.ts'

// A look at the metrics ends after 5 s, whatever they say.
faultsBetween('Prometheus', { cutAfter: 100, goesOnWithinMs: 12_000, afterSilenceMs: 15_000 })
