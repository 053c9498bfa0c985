import { render } from 'preact'
import { useState } from 'preact/hooks'
import { html } from './html.js'
import { useSlack } from './slack-state.js'
import { Workspace } from './workspace.js'

/** Somebody of the workspace; who it is lasts as long as the browser's tab. */
function App() {
  const [user, setUser] = useState(sessionStorage.getItem('user') ?? undefined)
  const state = useSlack(user)
  if (!state) return html`<p class="loading" role="status">Opening the sandbox…</p>`
  const switchTo = (id) => {
    sessionStorage.setItem('user', id)
    setUser(id)
  }
  return html`<${Workspace} state=${state} switchTo=${switchTo} />`
}

render(html`<${App} />`, document.querySelector('#page'))
