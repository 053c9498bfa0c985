import fc from 'fast-check'

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789']
const chars = (from: readonly string[], minLength: number, maxLength = minLength) =>
  fc.string({ unit: fc.constantFrom(...from), minLength, maxLength })
/** Begins so that no word of a stack trace is one. */
const alphanumeric = (minLength: number, maxLength?: number) =>
  chars(letters, minLength, maxLength).map((text) => `q7Z${text}`)
const capitals = letters.filter((letter) => /[A-Z0-9]/.test(letter))

const written = (secret: fc.Arbitrary<string>, into: (secret: string) => string = (text) => text) =>
  secret.map((text) => ({ secret: text, text: into(text) }))

/** A made-up credential and the way it is written into a text. */
export const secretOfAnyKind: fc.Arbitrary<{ readonly secret: string; readonly text: string }> =
  fc.oneof(
    written(
      fc
        .tuple(
          fc.constantFrom('xoxb', 'xoxp', 'xoxa', 'xoxe', 'xoxs', 'xapp'),
          alphanumeric(12, 40),
        )
        .map(([kind, rest]) => `${kind}-1-${rest}`),
    ),
    written(
      fc.tuple(fc.constantFrom('AKIA', 'ASIA'), chars(capitals, 16)).map((both) => both.join('')),
    ),
    written(
      fc
        .tuple(fc.constantFrom('ghp_', 'gho_', 'ghs_', 'github_pat_'), alphanumeric(36))
        .map((both) => both.join('')),
    ),
    written(
      fc
        .tuple(alphanumeric(10, 30), alphanumeric(10, 60), alphanumeric(20, 43))
        .map(([head, body, mark]) => `eyJ${head}.eyJ${body}.${mark}`),
    ),
    written(
      alphanumeric(16, 40).map((text) => `${text}.1`),
      (secret) => `Bearer ${secret}`,
    ),
    written(
      fc
        .tuple(alphanumeric(4, 12), alphanumeric(8, 20))
        .map((both) => Buffer.from(both.join(':')).toString('base64')),
      (secret) => `authorization: Basic ${secret}`,
    ),
    written(alphanumeric(8, 30), (secret) => `postgres://countermand:${secret}@db.example:5432/x`),
    written(alphanumeric(8, 30), (secret) => `redis://:${secret}@cache:6379`),
    written(
      fc
        .constantFrom('RSA ', 'EC ', '', 'OPENSSH ')
        .chain((kind) =>
          alphanumeric(64, 200).map(
            (body) =>
              `-----BEGIN ${kind}PRIVATE KEY-----\n${body}\n-----END ${kind}PRIVATE KEY-----`,
          ),
        ),
    ),
    written(alphanumeric(24), (secret) => `https://hooks.slack.com/services/T01/B02/${secret}`),
    fc
      .tuple(
        fc.constantFrom('password=', 'DB_PASSWORD: ', '"client_secret":"', 'api_key = ', 'token='),
        alphanumeric(8, 40),
      )
      .map(([name, secret]) => ({ secret, text: name + secret })),
  )
