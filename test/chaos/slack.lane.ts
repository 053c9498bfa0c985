import { faultsBetween } from './between.ts'

// Nothing of a rollback waits for Slack; only a click may have to be repeated.
faultsBetween('Slack', { cutAfter: 250, goesOnWithinMs: 12_000, afterSilenceMs: 15_000 })
