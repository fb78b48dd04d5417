// A Medusa v1 shop that takes Stripe and PayPal by their published plugins. Everything that varies is in SHOP, as JSON.
const shop = JSON.parse(process.env.SHOP)

module.exports = {
  projectConfig: {
    jwt_secret: "known-to-everybody",
    cookie_secret: "known-to-everybody",
    store_cors: "http://127.0.0.1",
    admin_cors: "http://127.0.0.1",
    database_url: shop.database,
    database_type: "postgres",
  },
  modules: {
    eventBus: { resolve: "@medusajs/event-bus-local" },
    cacheService: { resolve: "@medusajs/cache-inmemory" },
  },
  plugins: [
    "medusa-fulfillment-manual",
    { resolve: "medusa-payment-stripe", options: { api_key: "sk_test_shop", webhook_secret: shop.webhook_secret } },
    {
      resolve: "medusa-payment-paypal",
      options: {
        sandbox: true,
        client_id: shop.client_id,
        client_secret: shop.client_secret,
        auth_webhook_id: shop.webhook_id,
      },
    },
  ],
}
