const removed = '[secret]'

/** Removes what looks like a credential from a text, and the `secrets` that are known. Doing it twice changes nothing more. */
export const scrub = (text: string, secrets: readonly string[] = []): string =>
  shapes.reduce((rest, [shape, into]) => rest.replace(shape, into), withoutKnown(text, secrets))

/** Removes the `secrets` that are known and nothing else: for what must stay as it was written, such as an export. */
export const withoutKnown = (text: string, secrets: readonly string[]): string =>
  spellingsOf(secrets).reduce((rest, secret) => rest.replaceAll(secret, removed), text)

/** Every text that leaves the process asks for them, always of the same secrets. */
const spellings = new WeakMap<readonly string[], readonly string[]>()
function spellingsOf(secrets: readonly string[]): readonly string[] {
  const known = spellings.get(secrets)
  if (known) return known
  const found = [
    ...new Set(
      secrets
        .filter((secret) => secret.length >= 6)
        .flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed())]),
    ),
  ].toSorted((a, b) => b.length - a.length)
  spellings.set(secrets, found)
  return found
}

/** Repetitions are bounded or consume what they match: the time stays proportional to the text, whoever wrote it. */
const shapes: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
    removed,
  ],
  // Slack: tokens of every kind, app-level tokens, incoming webhooks
  [/xox[a-z](?:\.xox[a-z])?-[\w.%-]{6,}/gi, removed],
  [/xapp-[\w.-]{6,}/gi, removed],
  [/hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/+-]+/gi, `hooks.slack.com/${removed}`],
  // AWS access keys, GitHub, GitLab, Google, Stripe, npm, SendGrid
  [/(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}/g, removed],
  [/gh[pousr]_[A-Za-z0-9]{20,}/g, removed],
  [/github_pat_\w{20,}/g, removed],
  [/glpat-[\w-]{15,}/g, removed],
  [/AIza[\w-]{30,}/g, removed],
  [/(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}/g, removed],
  [/npm_[A-Za-z0-9]{30,}/g, removed],
  [/SG\.[\w-]{15,}\.[\w-]{15,}/g, removed],
  // JSON Web Tokens, also without a signature
  [/(?<![A-Za-z0-9])eyJ[\w-]{5,4000}\.eyJ[\w-]{2,}(?:\.[\w-]*)?/g, removed],
  [/\b(bearer\s+)(?=[^\s"'[]{0,200}[\d._~+/=])[^\s"'[,;]{8,}/gi, `$1${removed}`],
  [/\b([Bb]asic\s+)(?=[A-Za-z0-9+/]{0,200}[\d+/=])[A-Za-z0-9+/]{8,}={0,2}/g, `$1${removed}`],
  [
    /\b(authorization\\?["']?\s*[:=]\s*\\?["']?)(?!(?:bearer|basic|token|digest|negotiate)\b)[^\s"'[\\,;]{4,}/gi,
    `$1${removed}`,
  ],
  // scheme://user:password@host; a port is no password
  [
    /(\w[\w+.-]{0,20}:\/\/[^\s:@/"'<>]{0,100}:)(?!\d{1,5}[/?#])[^\s"'<>[]{1,256}@/g,
    `$1${removed}@`,
  ],
  // password=…, "token": "…", AWS_SECRET_ACCESS_KEY: …
  [
    /((?:passw(?:or)?d|passphrase|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?secret)\\?["']?\s*[:=]\s*\\?["']?)[^\s"'[\\,;&]{4,}/gi,
    `$1${removed}`,
  ],
]
