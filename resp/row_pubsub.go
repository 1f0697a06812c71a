package resp

import "github.com/laurocaetano/foxtail/engine"

const (
	pubsubFlags  = engine.PubSub | engine.Loading | engine.Stale | engine.Conn
	subscription = pubsubFlags | engine.NoScript
)

// The rows of the commands about channels and messages.
var pubsubRows = []engine.Command{
	{
		Name: "subscribe", Arity: -2, Flags: subscription, Cat: engine.CatPubSub,
		Since: "2.0.0", Group: "pubsub", Complexity: "O(N) where N is the number of channels to subscribe to.",
		Summary: "Listen for messages published to the given channels",
		Args: []engine.Arg{
			{Name: "channel", Type: "string", Multiple: true},
		},
	},
	{
		Name: "unsubscribe", Arity: -1, Flags: subscription, Cat: engine.CatPubSub,
		Since: "2.0.0", Group: "pubsub", Complexity: "O(N) where N is the number of clients already subscribed to a channel.",
		Summary: "Stop listening for messages posted to the given channels",
		Args: []engine.Arg{
			{Name: "channel", Type: "string", Optional: true, Multiple: true},
		},
	},
	{
		Name: "psubscribe", Arity: -2, Flags: subscription, Cat: engine.CatPubSub,
		Since: "2.0.0", Group: "pubsub", Complexity: "O(N) where N is the number of patterns the client is already subscribed to.",
		Summary: "Listen for messages published to channels matching the given patterns",
		Args: []engine.Arg{
			{Name: "pattern", Type: "block", Multiple: true, Args: []engine.Arg{
				{Name: "pattern", Type: "pattern"},
			}},
		},
	},
	{
		Name: "punsubscribe", Arity: -1, Flags: subscription, Cat: engine.CatPubSub,
		Since: "2.0.0", Group: "pubsub",
		Complexity: "O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).",
		Summary:    "Stop listening for messages posted to channels matching the given patterns",
		Args: []engine.Arg{
			{Name: "pattern", Type: "pattern", Optional: true, Multiple: true},
		},
	},
	{
		Name: "ssubscribe", Arity: -2, Flags: subscription, Cat: engine.CatPubSub,
		Keys:  []engine.KeySpec{{Flags: engine.KeyNotKey, Index: 1, Last: -1, Step: 1}},
		Since: "7.0.0", Group: "pubsub", Complexity: "O(N) where N is the number of shard channels to subscribe to.",
		Summary: "Listen for messages published to the given shard channels",
		Args: []engine.Arg{
			{Name: "shardchannel", Type: "string", Multiple: true},
		},
	},
	{
		Name: "sunsubscribe", Arity: -1, Flags: subscription, Cat: engine.CatPubSub,
		Keys:  []engine.KeySpec{{Flags: engine.KeyNotKey, Index: 1, Last: -1, Step: 1}},
		Since: "7.0.0", Group: "pubsub", Complexity: "O(N) where N is the number of clients already subscribed to a shard channel.",
		Summary: "Stop listening for messages posted to the given shard channels",
		Args: []engine.Arg{
			{Name: "shardchannel", Type: "string", Optional: true, Multiple: true},
		},
	},
	{
		Name: "publish", Arity: 3, Flags: pubsubFlags | engine.Fast, Cat: engine.CatPubSub,
		Since: "2.0.0", Group: "pubsub",
		Complexity: "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).",
		Summary:    "Post a message to a channel",
		Args: []engine.Arg{
			{Name: "channel", Type: "string"},
			{Name: "message", Type: "string"},
		},
	},
	{
		Name: "spublish", Arity: 3, Flags: pubsubFlags | engine.Fast, Cat: engine.CatPubSub,
		Keys:  []engine.KeySpec{{Flags: engine.KeyNotKey, Index: 1, Last: 0, Step: 1}},
		Since: "7.0.0", Group: "pubsub", Complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.",
		Summary: "Post a message to a shard channel",
		Args: []engine.Arg{
			{Name: "shardchannel", Type: "string"},
			{Name: "message", Type: "string"},
		},
	},
	{
		Name: "pubsub", Arity: -2, Flags: engine.Conn,
		Since: "2.8.0", Group: "pubsub", Complexity: "Depends on subcommand.",
		Summary: "A container for Pub/Sub commands",
		Sub: []engine.Command{
			{
				Name: "channels", Arity: -2, Flags: pubsubFlags, Cat: engine.CatPubSub,
				Since: "2.8.0", Group: "pubsub",
				Complexity: "O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)",
				Summary:    "List active channels",
				Args: []engine.Arg{
					{Name: "pattern", Type: "pattern", Optional: true},
				},
			},
			{
				Name: "help", Arity: 2, Flags: engine.Loading | engine.Stale | engine.Conn,
				Since: "6.2.0", Group: "pubsub", Complexity: "O(1)",
				Summary: "Show helpful text about the different subcommands",
			},
			{
				Name: "numpat", Arity: 2, Flags: pubsubFlags, Cat: engine.CatPubSub,
				Since: "2.8.0", Group: "pubsub", Complexity: "O(1)",
				Summary: "Get the count of unique patterns pattern subscriptions",
			},
			{
				Name: "numsub", Arity: -2, Flags: pubsubFlags, Cat: engine.CatPubSub,
				Since: "2.8.0", Group: "pubsub", Complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
				Summary: "Get the count of subscribers for channels",
				Args: []engine.Arg{
					{Name: "channel", Type: "string", Optional: true, Multiple: true},
				},
			},
			{
				Name: "shardchannels", Arity: -2, Flags: pubsubFlags, Cat: engine.CatPubSub,
				Since: "7.0.0", Group: "pubsub",
				Complexity: "O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).",
				Summary:    "List active shard channels",
				Args: []engine.Arg{
					{Name: "pattern", Type: "pattern", Optional: true},
				},
			},
			{
				Name: "shardnumsub", Arity: -2, Flags: pubsubFlags, Cat: engine.CatPubSub,
				Since: "7.0.0", Group: "pubsub", Complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
				Summary: "Get the count of subscribers for shard channels",
				Args: []engine.Arg{
					{Name: "shardchannel", Type: "string", Optional: true, Multiple: true},
				},
			},
		},
	},
}
