// Stands for `nginx`: hands its flags to the pretend one, and ends as that says.
const [url = '', ...flags] = process.argv.slice(2)
const response = await fetch(url, { method: 'POST', body: flags.join(' ') })
const { code, says } = await response.json()
process.stderr.write(says === '' ? '' : `${says}\n`)
process.exitCode = code
