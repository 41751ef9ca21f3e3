// Reads a compose file as `docker compose config` does, by the same library, and prints the project as JSON; exits 1 with its complaint.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: compose-config FILE")
		os.Exit(2)
	}
	options, err := cli.NewProjectOptions(os.Args[1:], cli.WithOsEnv, cli.WithDotEnv)
	if err == nil {
		project, loadErr := options.LoadProject(context.Background())
		if loadErr == nil {
			var json []byte
			if json, err = project.MarshalJSON(); err == nil {
				fmt.Println(string(json))
				return
			}
		} else {
			err = loadErr
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
