// Loaded before anything else (node --require). The plugins are what npm has of them; only where their clients find the
// gateways is another place. Stripe's client takes its host as an option; PayPal's plugin hard-codes it in axios' baseURL.
// No other host is found: what is tested here must not leave the machine.
const dns = require("dns")
const Module = require("module")

const { stripe, paypal } = JSON.parse(process.env.SHOP)
const load = Module._load
const told = new Map()

const redirected = {
  stripe(Stripe) {
    const at = new URL(stripe)
    const place = { protocol: "http", host: at.hostname, port: at.port }
    return new Proxy(Stripe, { construct: (target, [key, options]) => new target(key, { ...options, ...place }) })
  },
  axios(axios) {
    const client = axios.default ?? axios
    const create = client.create
    client.create = (options = {}) =>
      create({ ...options, ...(/paypal\.com$/.test(options.baseURL ?? "") ? { baseURL: paypal } : {}) })
    return axios
  },
}

Module._load = function (name, ...rest) {
  const loaded = load.call(this, name, ...rest)
  if (!(name in redirected)) return loaded
  if (!told.has(loaded)) told.set(loaded, redirected[name](loaded))
  return told.get(loaded)
}

const lookup = dns.lookup
dns.lookup = (host, ...rest) => {
  if (host === "localhost" || host === "127.0.0.1") return lookup(host, ...rest)
  const error = Object.assign(new Error(`nobody is called ${host} here`), { code: "ENOTFOUND" })
  process.nextTick(rest[rest.length - 1], error)
}
