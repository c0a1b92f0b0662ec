module pluginkit/running

go 1.24
