import { useEffect, useState } from 'preact/hooks'

const next = { system: 'dark', dark: 'light', light: 'system' }

/** The system's own colours unless somebody chose. */
export function useTheme() {
  const [theme, setTheme] = useState(localStorage.getItem('theme') ?? 'system')
  useEffect(() => {
    localStorage.setItem('theme', theme)
    document.documentElement.dataset.theme = theme
  }, [theme])
  return { theme, toggle: () => setTheme(next[theme] ?? 'system') }
}
