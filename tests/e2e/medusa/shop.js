// Starts the shop on the port it is given, makes its administrator, and writes a line to a descriptor once it listens.
const fs = require("fs")
const express = require("express")
const load = require("@medusajs/medusa/dist/loaders").default

const [, , email, password, port, ready] = process.argv

const start = async () => {
  const app = express()
  const { container } = await load({ directory: __dirname, expressApp: app })
  await container.resolve("userService").create({ email, role: "admin" }, password)
  app.listen(Number(port), "127.0.0.1", () => fs.writeSync(Number(ready), "listening\n"))
}

start().catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exit(1)
})
