package floor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Serve runs one of the programs, echo or sql, at an address until the context ends. The
// database is that of sql.
func Serve(ctx context.Context, name, address, database string) error {
	var handler http.Handler
	switch name {
	case "echo":
		handler = Echo()
	case "sql":
		h, pool, err := SQL(ctx, database)
		if err != nil {
			return err
		}
		defer pool.Close()
		handler = h
	default:
		return fmt.Errorf("%q is neither echo nor sql", name)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
