import fc from 'fast-check'

/**
 * Properties are tried on the same examples in every run: a change is not refused for what chance finds in another's work. To look for
 * that: `PROPERTY_SEED=$RANDOM npm test`.
 */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) })
