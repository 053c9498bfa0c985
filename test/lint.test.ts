import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

test('the linter finds forgotten awaits, missing cases, shells and untyped values', async () => {
  const found = await lint('test/fixtures/lint/forbidden.ts')

  expect(found).toEqual([
    '1 no-restricted-imports',
    '10 switch-exhaustiveness-check',
    '12 no-non-null-assertion',
    '14 eqeqeq',
    '4 no-explicit-any',
    '5 no-floating-promises',
    '6 no-misused-promises',
  ])
})

/** The project's own rules, which leave fixtures out everywhere else. */
function rules(): string {
  const config: object = JSON.parse(readFileSync('.oxlintrc.json', 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'countermand-lint-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'rules.json')
  writeFileSync(path, JSON.stringify({ ...config, ignorePatterns: [] }))
  return path
}

/** Line and rule of everything that was found. */
function lint(file: string): Promise<readonly string[]> {
  const args = ['--type-aware', `--config=${rules()}`, '--format=unix', file]
  return new Promise((resolve) => {
    execFile('node_modules/.bin/oxlint', args, (_error, out) =>
      resolve(
        [...out.matchAll(/:(\d+):\d+: .*\(([\w-]+)\)\]$/gm)]
          .map(([, line, rule]) => `${line} ${rule}`)
          .toSorted(),
      ),
    )
  })
}
