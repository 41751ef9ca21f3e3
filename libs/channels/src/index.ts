export * from './create-channels.js';
export * from './mail/create-mail-channel.js';
