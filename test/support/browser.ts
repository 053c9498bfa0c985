import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium as playwright } from 'playwright-core'

export interface TestBrowser {
  readonly browser: Browser
  readonly close: () => Promise<void>
}

/** The Chromium that npm ships, unpacked into a folder of its own; works as root and as an ordinary user. */
export async function launchBrowser(): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'countermand-browser-'))
  const { executablePath, args } = await unpacked(folder)
  const fonts = join(folder, 'fonts.conf')
  await writeFile(fonts, fontsBelow(folder))
  const browser = await playwright.launch({
    executablePath,
    // All in one process saves memory in a lambda, but the browser then ends with its first page.
    args: args.filter((arg) => arg !== '--single-process'),
    headless: true,
    env: {
      ...process.env,
      TMPDIR: folder,
      FONTCONFIG_FILE: fonts,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
    },
  })
  return {
    browser,
    close: async () => {
      await browser.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/**
 * The package reads its variables once, when it is loaded: the first makes it bring its own libraries. It unpacks below
 * TMPDIR and trusts whatever lies there already, hence the private folder.
 */
async function unpacked(folder: string) {
  const before = process.env['TMPDIR']
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs22.x'
  process.env['TMPDIR'] = folder
  try {
    const { default: chromium } = await import('@sparticuz/chromium')
    return { executablePath: await chromium.executablePath(), args: chromium.args }
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}

/** The package's own font settings name a fixed folder; without this there would be no letters at all on a bare machine. */
const fontsBelow = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`
