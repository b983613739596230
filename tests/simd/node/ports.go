package node

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"

	"github.com/spf13/cobra"
)

// Ports that the kernel gives to outgoing connections start higher, so that a
// stopped node finds its own ports free again.
const (
	portMin   = 20000
	portCount = 12000
)

func freePortsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "free-ports COUNT",
		Short: "Print loopback ports that nothing listens on, one a line",
		Args:  cobra.ExactArgs(1),
		// The node's configuration has no part in this.
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(cmd *cobra.Command, args []string) error {
			count, err := strconv.Atoi(args[0])
			if err != nil {
				return err
			}
			for tries := 0; count > 0 && tries < portCount; tries++ {
				port := portMin + rand.IntN(portCount)
				listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
				if err != nil {
					continue
				}
				// Held until the end: no port is printed twice.
				defer listener.Close()
				fmt.Fprintln(cmd.OutOrStdout(), port)
				count--
			}
			if count > 0 {
				return fmt.Errorf("%d ports short", count)
			}
			return nil
		},
	}
}
