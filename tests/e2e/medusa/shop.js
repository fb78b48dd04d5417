// Starts the shop on a port of its own choice, makes its administrator, and says where it is reached in one line.
const express = require("express")
const load = require("@medusajs/medusa/dist/loaders").default

const [, , email, password, port] = process.argv

const start = async () => {
  const app = express()
  const { container } = await load({ directory: __dirname, expressApp: app })
  await container.resolve("userService").create({ email, role: "admin" }, password)
  const server = app.listen(Number(port), "127.0.0.1", () => {
    process.stdout.write(`\nlistening at http://127.0.0.1:${server.address().port}\n`)
  })
}

start().catch((error) => {
  process.stderr.write(`${error.stack}\n`)
  process.exit(1)
})
