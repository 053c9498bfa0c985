// Stands for `docker`: hands what it was started with to the pretend engine, and ends as that says.
const { DOCKER_HOST = '' } = process.env
const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const asked = {
  args: process.argv.slice(2),
  stdin: Buffer.concat(chunks).toString(),
  cwd: process.cwd(),
  env: process.env,
}
try {
  const response = await fetch(`${DOCKER_HOST.replace(/^tcp:/, 'http:')}/pretend/command`, {
    method: 'POST',
    body: JSON.stringify(asked),
  })
  const { code, stdout, stderr } = await response.json()
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  process.exitCode = code
} catch {
  process.stderr.write(
    `Cannot connect to the Docker daemon at ${DOCKER_HOST}. Is the docker daemon running?\n`,
  )
  process.exitCode = 1
}
