// Types `env` and `exports` of `cloudflare:workers` in the tests that run inside the Workers runtime.
declare namespace Cloudflare {
  interface Env extends EdgeBindingsForTests {}
  interface GlobalProps {
    mainModule: typeof import('../../../../edge/worker.ts')
    durableNamespaces: 'Mailbox'
  }
}

type EdgeBindingsForTests = import('../../../../edge/env.ts').EdgeBindings
