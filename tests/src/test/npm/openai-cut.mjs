// Reads a stream of the openai package whose servers die: prints the first word, then how it ended.
import OpenAI from 'openai'

const [baseURL, apiKey, model] = process.argv.slice(2)
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 })
let text = ''
try {
  const stream = await client.chat.completions.create({ model, stream: true, max_tokens: 200, messages: [{ role: 'user', content: 'openai' }] })
  for await (const chunk of stream) {
    const piece = chunk.choices[0]?.delta?.content
    if (piece && !text) console.log('"begun"')
    text += piece ?? ''
  }
  console.log(JSON.stringify({ error: null, length: text.length }))
} catch (error) {
  console.log(JSON.stringify({ error: error.name, length: text.length }))
}
