// Package node is the command line of a test chain: an SDK node's usual
// commands around an application. It is built with either release of the SDK,
// so it names nothing that only one of them has.
package node

import (
	"os"

	"github.com/spf13/cobra"

	cmtcfg "github.com/cometbft/cometbft/config"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/keys"
	"github.com/cosmos/cosmos-sdk/client/rpc"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/server"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	authcmd "github.com/cosmos/cosmos-sdk/x/auth/client/cli"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"
)

// Codecs are what the commands read and write messages with: only an
// application knows them.
type Codecs interface {
	AppCodec() codec.Codec
	InterfaceRegistry() codectypes.InterfaceRegistry
	TxConfig() client.TxConfig
	LegacyAmino() *codec.LegacyAmino
}

// Application is one kind of chain, as the commands need it.
type Application struct {
	Codecs  Codecs
	Modules module.BasicManager
	Home    string
	Create  servertypes.AppCreator
	Export  servertypes.AppExporter
}

// RootCommand is the whole program.
func RootCommand(app Application) *cobra.Command {
	context := client.Context{}.
		WithCodec(app.Codecs.AppCodec()).
		WithInterfaceRegistry(app.Codecs.InterfaceRegistry()).
		WithTxConfig(app.Codecs.TxConfig()).
		WithLegacyAmino(app.Codecs.LegacyAmino()).
		WithInput(os.Stdin).
		WithAccountRetriever(authtypes.AccountRetriever{}).
		WithHomeDir(app.Home).
		WithViper("")

	root := &cobra.Command{
		Use:           "simd",
		Short:         "A test chain made of ibc-go's simapp",
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(cmd.OutOrStdout())
			cmd.SetErr(cmd.ErrOrStderr())
			ctx, err := client.ReadPersistentCommandFlags(context.WithCmdContext(cmd.Context()), cmd.Flags())
			if err != nil {
				return err
			}
			if ctx, err = config.ReadFromClientConfig(ctx); err != nil {
				return err
			}
			if err := client.SetCmdClientContextHandler(ctx, cmd); err != nil {
				return err
			}
			return server.InterceptConfigsPreRunHandler(
				cmd, serverconfig.DefaultConfigTemplate, serverconfig.DefaultConfig(), cmtcfg.DefaultConfig(),
			)
		},
	}
	root.AddCommand(
		genutilcli.InitCmd(app.Modules, app.Home),
		genutilcli.Commands(app.Codecs.TxConfig(), app.Modules, app.Home),
		server.StatusCommand(),
		keys.Commands(),
		queryCommand(app.Modules),
		txCommand(app.Modules),
		freePortsCommand(),
	)
	server.AddCommands(root, app.Home, app.Create, app.Export, func(*cobra.Command) {})
	return root
}

func queryCommand(modules module.BasicManager) *cobra.Command {
	cmd := &cobra.Command{Use: "query", Aliases: []string{"q"}, Short: "Querying subcommands", RunE: client.ValidateCmd}
	cmd.AddCommand(
		rpc.WaitTxCmd(),
		server.QueryBlockCmd(),
		server.QueryBlocksCmd(),
		server.QueryBlockResultsCmd(),
		authcmd.QueryTxCmd(),
		authcmd.QueryTxsByEventsCmd(),
	)
	modules.AddQueryCommands(cmd)
	return cmd
}

func txCommand(modules module.BasicManager) *cobra.Command {
	cmd := &cobra.Command{Use: "tx", Short: "Transactions subcommands", RunE: client.ValidateCmd}
	cmd.AddCommand(
		authcmd.GetSignCommand(),
		authcmd.GetBroadcastCommand(),
		authcmd.GetEncodeCommand(),
		authcmd.GetDecodeCommand(),
		authcmd.GetSimulateCmd(),
	)
	modules.AddTxCommands(cmd)
	cmd.PersistentFlags().String(flags.FlagChainID, "", "The network chain ID")
	return cmd
}
