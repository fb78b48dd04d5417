// A whole checkout, capture and refund with the official client, as its documentation has it; nothing here knows tillproof.
// Prints one JSON object of what the client was told.
"use strict"
const Medusa = require("@medusajs/medusa-js").default

const [baseUrl, token, password] = process.argv.slice(2)
const medusa = new Medusa({ baseUrl, maxRetries: 3, apiKey: token })
const address = {
  first_name: "Ada", last_name: "Lovelace", address_1: "Marylebone 12", city: "London", country_code: "gb", postal_code: "NW1",
}

async function main() {
  const { regions } = await medusa.regions.list()
  const region = regions.find((one) => one.currency_code === "eur")
  const { products } = await medusa.products.list({ limit: 10 })
  const { product } = await medusa.products.retrieve(products[0].id)
  const variant_id = product.variants[0].id

  let { cart } = await medusa.carts.create({ region_id: region.id })
  ;({ cart } = await medusa.carts.lineItems.create(cart.id, { variant_id, quantity: 1 }))
  ;({ cart } = await medusa.carts.lineItems.create(cart.id, { variant_id: products[1].variants[0].id, quantity: 1 }))
  ;({ cart } = await medusa.carts.lineItems.update(cart.id, cart.items[0].id, { quantity: 2 }))
  ;({ cart } = await medusa.carts.lineItems.delete(cart.id, cart.items[1].id))
  ;({ cart } = await medusa.carts.update(cart.id, { email: "ada@shop.example", shipping_address: address, billing_address: address }))
  const { shipping_options } = await medusa.shippingOptions.listCartOptions(cart.id)
  ;({ cart } = await medusa.carts.addShippingMethod(cart.id, { option_id: shipping_options[0].id }))
  ;({ cart } = await medusa.carts.createPaymentSessions(cart.id))
  const providers = cart.payment_sessions.map((session) => session.provider_id)
  ;({ cart } = await medusa.carts.setPaymentSession(cart.id, { provider_id: "manual" }))
  ;({ cart } = await medusa.carts.setPaymentSession(cart.id, { provider_id: "bank" }))
  ;({ cart } = await medusa.carts.refreshPaymentSession(cart.id, "bank"))
  ;({ cart } = await medusa.carts.updatePaymentSession(cart.id, "bank", { data: {} }))
  ;({ cart } = await medusa.carts.deletePaymentSession(cart.id, "manual"))

  const completed = await medusa.carts.complete(cart.id)
  const again = await medusa.carts.complete(cart.id)
  const byCart = await medusa.orders.retrieveByCartId(cart.id)
  const byId = await medusa.orders.retrieve(completed.data.id)

  await medusa.admin.orders.capturePayment(completed.data.id)
  const refunded = await medusa.admin.orders.refundPayment(completed.data.id, { amount: 100, reason: "other", note: "scratched" })
  const { payment } = await medusa.admin.payments.retrieve(refunded.order.payments[0].id)
  const { refund } = await medusa.admin.payments.refundPayment(payment.id, { amount: 50, reason: "return" })
  const captured = await medusa.admin.payments.capturePayment(payment.id)
  const { orders } = await medusa.admin.orders.list({ limit: 5 })
  const { payment_providers } = await medusa.admin.store.listPaymentProviders()
  await medusa.admin.regions.deletePaymentProvider(region.id, "manual")
  const changed = await medusa.admin.regions.addPaymentProvider(region.id, { provider_id: "manual" })
  const { user } = await medusa.admin.auth.createSession({ email: "admin@shop.example", password })

  const second = await medusa.carts.create({ region_id: region.id, items: [{ variant_id, quantity: 1 }] })
  await medusa.carts.update(second.cart.id, { email: "ada@shop.example" })
  await medusa.carts.createPaymentSessions(second.cart.id)
  await medusa.carts.setPaymentSession(second.cart.id, { provider_id: "bank" })
  const other = await medusa.carts.complete(second.cart.id)
  const canceled = await medusa.admin.orders.cancel(other.data.id)

  const third = await medusa.carts.create({ region_id: region.id, items: [{ variant_id, quantity: 2 }] })
  await medusa.carts.update(third.cart.id, { email: "ada@shop.example" })
  await medusa.carts.createPaymentSessions(third.cart.id)
  await medusa.carts.setPaymentSession(third.cart.id, { provider_id: "bank" })
  const bought = (await medusa.carts.complete(third.cart.id)).data
  await medusa.admin.orders.capturePayment(bought.id)
  const returned = [{ item_id: bought.items[0].id, quantity: 1 }]
  const dearer = { variant_id: products[1].variants[0].id, quantity: 1 }
  const { swap } = await medusa.swaps.create({ order_id: bought.id, return_items: returned, additional_items: [dearer] })
  await medusa.carts.createPaymentSessions(swap.cart_id)
  await medusa.carts.setPaymentSession(swap.cart_id, { provider_id: "bank" })
  const swapped = await medusa.carts.complete(swap.cart_id)
  const bySwapCart = await medusa.swaps.retrieveByCartId(swap.cart_id)
  const processed = (await medusa.admin.orders.processSwapPayment(bought.id, swap.id)).order
  const more = (await medusa.admin.orders.createSwap(bought.id, { return_items: returned })).order
  const dropped = (await medusa.admin.orders.cancelSwap(bought.id, more.swaps[1].id)).order

  const stranger = new Medusa({ baseUrl, maxRetries: 0 })
  const unauthorized = await stranger.admin.orders.list().catch((error) => error.response)
  const missing = await stranger.carts.retrieve("cart_missing").catch((error) => error.response)

  console.log(JSON.stringify({
    providers,
    type: completed.type,
    key: completed.response.headers["idempotency-key"],
    cartKey: (await medusa.carts.retrieve(cart.id)).cart.idempotency_key,
    city: byId.order.shipping_address.city,
    ids: [completed.data.id, again.data.id, byCart.order.id, byId.order.id],
    total: completed.data.total,
    paymentStatus: refunded.order.payment_status,
    refund: { amount: refund.amount, reason: refund.reason },
    amountRefunded: captured.payment.amount_refunded,
    listed: orders.map((order) => order.id),
    installed: payment_providers,
    region: changed.region.payment_providers.map((one) => one.id),
    user: user.email,
    canceled: canceled.order.status,
    swapped: [swapped.type, swapped.data.id === swap.id, swapped.data.difference_due, bySwapCart.swap.payment_status],
    processed: [processed.swaps[0].payment_status, processed.payments.map((one) => one.amount)],
    dropped: dropped.swaps.map((one) => one.payment_status),
    unauthorized: [unauthorized.status, unauthorized.data],
    missing: [missing.status, missing.data],
  }))
}

main().catch((error) => {
  console.error(error.config && `${error.config.method} ${error.config.url}`, error.response ? error.response.data : error)
  process.exit(1)
})
