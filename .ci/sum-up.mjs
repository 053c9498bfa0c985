// Prints how many tests of a vitest result passed and failed; names each that failed, and why, on the error output.
import { readFileSync } from 'node:fs'

const linesOfAReason = 12
const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
console.log(numPassedTests, numFailedTests)
for (const { name, message, assertionResults } of testResults) {
  const failed = assertionResults.filter(({ status }) => status === 'failed')
  for (const { fullName, failureMessages } of failed)
    console.error(`× ${relative(name)} › ${fullName}\n${begin(failureMessages.join('\n'))}`)
  if (failed.length === 0 && message) console.error(`× ${relative(name)}\n${begin(message)}`)
}

/** @param {string} file */
function relative(file) {
  return file.replace(`${process.cwd()}/`, '')
}

/** @param {string} text */
function begin(text) {
  return text
    .split('\n')
    .slice(0, linesOfAReason)
    .map((line) => `    ${line}`)
    .join('\n')
}
