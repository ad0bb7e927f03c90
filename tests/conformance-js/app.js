// The echo app of tests/workspace/echo.py, on Bolt for JavaScript: the same questions, the same answers.
// Over HTTP when PORT is set, else over Socket Mode.
import bolt from '@slack/bolt';

const { App } = bolt;

const plain = (words) => ({ type: 'plain_text', text: words });
const button = (actionId, words) => ({ type: 'button', action_id: actionId, text: plain(words), value: '1' });
const buttons = (...elements) => [{ type: 'actions', elements }];

const form = (title = 'Echo') => ({
  type: 'modal',
  callback_id: 'form',
  title: plain(title),
  submit: plain('Say it'),
  notify_on_close: true,
  blocks: [
    {
      type: 'input',
      block_id: 'words',
      label: plain('Words'),
      element: { type: 'plain_text_input', action_id: 'it' },
    },
    {
      type: 'input',
      block_id: 'zone',
      optional: true,
      label: plain('Zone'),
      element: { type: 'external_select', action_id: 'zone', min_query_length: 1 },
    },
    ...buttons(button('more', 'More')),
  ],
});

const home = (words) => ({
  type: 'home',
  blocks: [{ type: 'section', text: plain(words) }, ...buttons(button('again', 'Again'))],
});

const { SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL, PORT } = process.env;
const wire = PORT ? { signingSecret: SLACK_SIGNING_SECRET } : { appToken: SLACK_APP_TOKEN, socketMode: true };
const app = new App({ token: SLACK_BOT_TOKEN, clientOptions: { slackApiUrl: SLACK_API_URL }, ...wire });

app.command('/echo', async ({ ack, command, client }) => {
  if (command.text !== 'form') {
    await ack({ text: command.text, blocks: buttons(button('go', 'Go')) });
    return;
  }
  await ack();
  await client.views.open({ trigger_id: command.trigger_id, view: form() });
});

app.action('go', async ({ ack, respond }) => {
  await ack();
  await respond({ text: 'clicked', replace_original: true });
});

app.action('more', async ({ ack, body, client }) => {
  await ack();
  await client.views.push({ trigger_id: body.trigger_id, view: { ...form('More'), notify_on_close: false } });
});

app.options('zone', async ({ ack, options }) => {
  const zones = ['Europe/London', 'Europe/Lisbon', 'Asia/Kolkata'].filter((zone) => zone.includes(options.value));
  await ack({ options: zones.map((zone) => ({ text: plain(zone), value: zone })) });
});

app.view('form', async ({ ack, body, view, client }) => {
  const words = view.state.values.words.it.value;
  const zone = view.state.values.zone.zone.selected_option;
  if (words === 'bad') {
    await ack({ response_action: 'errors', errors: { words: 'Not that.' } });
  } else if (words === 'again') {
    await ack({ response_action: 'update', view: form('Once more') });
  } else {
    await ack({ response_action: 'clear' });
    await client.chat.postMessage({ channel: body.user.id, text: `${words} in ${zone ? zone.value : 'no zone'}` });
  }
});

app.view({ callback_id: 'form', type: 'view_closed' }, async ({ ack, body, client }) => {
  await ack();
  await client.chat.postMessage({ channel: body.user.id, text: 'closed' });
});

app.event('app_home_opened', async ({ event, client }) => {
  if (event.tab === 'messages') {
    const prompts = [{ title: 'Hello', message: 'Say hello' }, { title: 'Again', message: 'Say hello' }];
    await client.assistant.threads.setSuggestedPrompts({ channel_id: event.channel, prompts });
    return;
  }
  await client.views.publish({ user_id: event.user, view: home('Welcome') });
});

app.action('again', async ({ ack, body, client }) => {
  await ack();
  await client.views.publish({ user_id: body.user.id, hash: body.view.hash, view: home('Again') });
});

app.shortcut('echo_this', async ({ ack, shortcut, respond }) => {
  await ack();
  await respond({ text: `You mean: ${shortcut.message.text}` });
});

app.shortcut('echo_any', async ({ ack, shortcut, client }) => {
  await ack();
  await client.views.open({ trigger_id: shortcut.trigger_id, view: form() });
});

app.event('app_mention', async ({ event, say }) => {
  await say({ text: 'you called?', thread_ts: event.ts });
});

app.event('message', async ({ event, client, say }) => {
  if (event.bot_id || event.subtype) return;
  if (event.thread_ts) {
    const place = { channel_id: event.channel, thread_ts: event.thread_ts };
    await client.assistant.threads.setTitle({ ...place, title: 'Echoes' });
    await client.assistant.threads.setStatus({ ...place, status: 'is listening' });
  }
  await say({ text: `heard: ${event.text}`, thread_ts: event.thread_ts });
});

await app.start(PORT);
console.log('ready');
