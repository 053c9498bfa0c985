/** The first `limit` bytes of a body as text; the rest is not read. */
export async function readLimited(
  response: Response,
  limit: number,
): Promise<{ readonly text: string; readonly isCut: boolean }> {
  if (response.body === null) return { text: '', isCut: false }
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop early cancels the body and frees the connection.
  for await (const chunk of response.body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > limit) break
  }
  return {
    text: Buffer.concat(chunks).subarray(0, limit).toString('utf8'),
    isCut: size > limit,
  }
}
