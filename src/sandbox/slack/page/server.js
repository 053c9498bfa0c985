/** Asks the pretend Slack to do something; answers `{ok, …}` and never throws. */
export async function ask(path, body) {
  try {
    const response = await fetch(`/sandbox/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = await response.json()
    return response.ok ? answer : { ok: false, ...answer }
  } catch {
    return { ok: false, error: 'no_connection' }
  }
}

export async function read(path) {
  const response = await fetch(`/sandbox/${path}`)
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return response.json()
}
