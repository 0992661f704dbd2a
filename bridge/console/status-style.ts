import { raw } from 'hono/html'

/** The status page's, also for phones and for the dark. */
export const STATUS_STYLE = raw(`
  :root { --ink: #1a1a1a; --quiet: #5c5c5c; --line: #e2e2e2; --ground: #f5f5f5; --card: #fff; --good: #0a6b2d; --bad: #b00020 }
  @media (prefers-color-scheme: dark) { :root { --ink: #eee; --quiet: #a8a8a8; --line: #333; --ground: #141414; --card: #1e1e1e; --good: #5fd38a; --bad: #ff8a94 } }
  * { box-sizing: border-box }
  body { font: 15px/1.55 system-ui, "Noto Sans CJK SC", sans-serif; margin: 0 auto; max-width: 60rem; padding: 1.2rem; color: var(--ink); background: var(--ground) }
  header { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1rem; margin: 0 0 1rem }
  h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1rem; margin: 0 0 .3rem }
  small { color: var(--quiet); font-size: .8rem; font-weight: normal }
  .badge { border-radius: 1rem; padding: .1rem .8rem; color: #fff; font-weight: 600 } .badge.good { background: #0a6b2d } .badge.bad { background: #b00020 }
  .up { color: var(--good) } .down { color: var(--bad); font-weight: 600 } .quiet { color: var(--quiet) }
  .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .7rem; margin: 0 0 .8rem }
  .figures > div, section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem }
  dt { color: var(--quiet); font-size: .85rem } dt small { display: block } dd { margin: .1rem 0 0; font-size: 1.15rem; font-weight: 600; font-variant-numeric: tabular-nums }
  section { margin: 0 0 .8rem; overflow-x: auto }
  .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 0 .8rem }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; font-variant-numeric: tabular-nums }
  tr:first-child > * { border-top: 0 } section td:first-child { min-width: 5rem } th { font-weight: 600; white-space: nowrap }
  .hint { color: var(--quiet); margin: .2rem 0 .8rem } code { background: var(--card); border: 1px solid var(--line); border-radius: .25rem; padding: 0 .3rem; white-space: nowrap }
  footer { color: var(--quiet); font-size: .85rem }
  @media (max-width: 30rem) { th small, td small:not(.also) { display: none } .figures { grid-template-columns: 1fr 1fr } }
`)
