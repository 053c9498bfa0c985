import { createSign, generateKeyPairSync } from 'node:crypto'

/** A certificate for a server nobody verifies, such as a node's log endpoint on loopback, or nobody may believe: Node makes keys, but no certificates. */
export function selfSigned(
  commonName: string,
  expiresInMs = 7 * 86_400_000,
): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(set(sequence(objectId(2, 5, 4, 3), utf8(commonName))))
  const algorithm = sequence(objectId(1, 2, 840, 10_045, 4, 3, 2))
  const now = Date.now()
  const toSign = sequence(
    integer(Buffer.from([1])),
    algorithm,
    name,
    sequence(time(now - 86_400_000), time(now + expiresInMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = createSign('sha256').update(toSign).sign(privateKey)
  const cert = sequence(
    toSign,
    algorithm,
    tagged(0x03, Buffer.concat([Buffer.from([0]), signature])),
  )
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

// DER, X.690: a tag, the length, the content.
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, Buffer.concat(parts))
const set = (...parts: readonly Buffer[]): Buffer => tagged(0x31, Buffer.concat(parts))
const integer = (bytes: Buffer): Buffer => tagged(0x02, bytes)
const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text))
/** `YYMMDDhhmmssZ`. */
const time = (at: number): Buffer =>
  tagged(0x17, Buffer.from(`${new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))

function objectId(first: number, second: number, ...rest: readonly number[]): Buffer {
  const bytes = rest.flatMap((part) => {
    const sevenBits = [part & 0x7f]
    for (let left = part >> 7; left > 0; left >>= 7) sevenBits.unshift((left & 0x7f) | 0x80)
    return sevenBits
  })
  return tagged(0x06, Buffer.from([first * 40 + second, ...bytes]))
}
