module astools

go 1.21
